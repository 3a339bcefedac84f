-- create sales
--
-- revision: 9f26b8c4d07e
-- down_revision: none
-- created: 2026-03-20 11:31:54 UTC

-- upgrade
CREATE TABLE sale (
    id    INTEGER PRIMARY KEY,
    what  TEXT NOT NULL,
    price INTEGER NOT NULL
);

-- downgrade
DROP TABLE sale;
