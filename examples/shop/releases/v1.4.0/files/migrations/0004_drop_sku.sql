-- description: items.sku is dropped, its values are lost
-- kind: irreversible
-- upgrade
DROP INDEX items_by_sku;
ALTER TABLE items DROP COLUMN sku;
