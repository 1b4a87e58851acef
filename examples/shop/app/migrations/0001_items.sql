-- description: items with a price and a stock keeping unit
-- kind: reversible
-- upgrade
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
    sku TEXT,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX items_by_name ON items (name);
-- downgrade
DROP TABLE items;
