-- create e1
--
-- revision: e1
-- down_revision: a1

-- upgrade
CREATE TABLE e1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE e1;
