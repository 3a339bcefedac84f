-- people
--
-- revision: a1c4
-- down_revision: none
-- created: 2026-11-20 10:02:11 UTC

-- upgrade
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE people;
