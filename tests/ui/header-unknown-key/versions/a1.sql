-- create a1
--
-- Revision: a1
-- down_revision: none
-- branch_label: users
-- author: Ann
-- Depends on: b1
-- content: 2

-- upgrade
CREATE TABLE a1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE a1;
