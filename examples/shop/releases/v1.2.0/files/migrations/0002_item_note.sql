-- description: a note on every item
-- kind: additive
-- upgrade
ALTER TABLE items ADD COLUMN note TEXT;
CREATE INDEX items_by_sku ON items (sku);
-- downgrade
DROP INDEX items_by_sku;
ALTER TABLE items DROP COLUMN note;
