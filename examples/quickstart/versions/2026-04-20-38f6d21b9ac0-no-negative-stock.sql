-- no negative stock
--
-- SQLite cannot add a CHECK or a REFERENCES to a column: the table is built anew. Without `foreign keys off`, DROP TABLE
-- would delete the movements that refer to it, and the build says so.
--
-- revision: 38f6d21b9ac0
-- down_revision: e05a7c61d3f9
-- created: 2026-04-20 11:05:12 UTC

-- upgrade (foreign keys off)
CREATE TABLE new_item (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    quantity REAL NOT NULL DEFAULT 0 CHECK (quantity >= 0),
    unit     TEXT NOT NULL REFERENCES unit (code),
    shelf    TEXT NOT NULL DEFAULT ''
);
INSERT INTO new_item (id, name, quantity, unit, shelf)
SELECT id, name, max(quantity, 0), unit, shelf FROM item;
DROP TABLE item;
ALTER TABLE new_item RENAME TO item;

-- downgrade (foreign keys off)
CREATE TABLE old_item (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    quantity REAL NOT NULL DEFAULT 0,
    unit     TEXT NOT NULL,
    shelf    TEXT NOT NULL DEFAULT ''
);
INSERT INTO old_item (id, name, quantity, unit, shelf)
SELECT id, name, quantity, unit, shelf FROM item;
DROP TABLE item;
ALTER TABLE old_item RENAME TO item;
