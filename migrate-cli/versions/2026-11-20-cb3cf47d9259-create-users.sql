-- create users
--
-- revision: cb3cf47d9259
-- down_revision: none
-- created: 2026-11-20 10:02:11 UTC

-- upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE users;
