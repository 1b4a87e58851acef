-- description: a discount on every item
-- kind: additive
-- transaction: off
-- upgrade
ALTER TABLE items ADD COLUMN discount_percent INTEGER;
UPDATE items SET price_cents = price_cents + 1;
CREATE INDEX items_by_discount ON items (discount_percentage);
-- downgrade
DROP INDEX items_by_discount;
ALTER TABLE items DROP COLUMN discount_percent;
