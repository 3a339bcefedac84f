-- create x
--
-- revision: x
-- down_revision: e1

-- upgrade
CREATE TABLE x (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE x;
