-- description: how many of each item are in stock
-- kind: additive
-- wait: hold
-- upgrade
ALTER TABLE items ADD COLUMN stock INTEGER NOT NULL DEFAULT 0;
-- downgrade
ALTER TABLE items DROP COLUMN stock;
