-- description: items.name becomes items.title
-- kind: reversible
-- upgrade
DROP INDEX items_by_name;
ALTER TABLE items RENAME COLUMN name TO title;
CREATE UNIQUE INDEX items_by_title ON items (title);
-- downgrade
DROP INDEX items_by_title;
ALTER TABLE items RENAME COLUMN title TO name;
CREATE UNIQUE INDEX items_by_name ON items (name);
