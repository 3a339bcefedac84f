-- make a table
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE kept (x INTEGER);

-- downgrade
DROP TABLE kept;
