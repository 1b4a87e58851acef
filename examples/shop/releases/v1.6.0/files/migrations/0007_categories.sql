-- description: categories, and the category of each item
-- kind: additive
-- upgrade
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
ALTER TABLE items ADD COLUMN category_id INTEGER REFERENCES categories (id);
-- downgrade
ALTER TABLE items DROP COLUMN category_id;
DROP TABLE categories;
