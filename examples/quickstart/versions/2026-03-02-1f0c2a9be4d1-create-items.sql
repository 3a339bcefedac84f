-- create items
--
-- revision: 1f0c2a9be4d1
-- down_revision: none
-- created: 2026-03-02 08:41:07 UTC

-- upgrade
CREATE TABLE item (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    quantity REAL NOT NULL DEFAULT 0,
    unit     TEXT NOT NULL
);

-- downgrade
DROP TABLE item;
