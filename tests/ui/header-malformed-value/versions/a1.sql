-- create a1
--
-- revision: a1
-- down_revision: none
-- created: yesterday
-- version:
-- breaking:
-- branch_labels (sqlite): users
-- depends_on: ,

-- upgrade
CREATE TABLE a1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE a1;
