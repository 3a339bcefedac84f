-- create items
--
-- revision: 6d0b5e7f91a4
-- down_revision: none
-- created: 2026-03-02 09:00:00 UTC

-- upgrade
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- downgrade
DROP TABLE item;
