-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE a1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE a1;
