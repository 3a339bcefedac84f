-- create b05
--
-- revision: b05
-- down_revision: a1

-- upgrade
CREATE TABLE b05 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b05;
