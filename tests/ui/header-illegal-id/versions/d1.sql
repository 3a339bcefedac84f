-- create d1
--
-- revision: d1
-- down_revision: 2026-11-20-a1-create-users.sql

-- upgrade
CREATE TABLE d1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE d1;
