-- create a1
--
-- revision: a1
-- down_revision: none
-- revision: a2
-- version: 1
-- version: 2

-- upgrade
CREATE TABLE a1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE a1;
