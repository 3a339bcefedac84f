-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
CREATE TABLE b1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b1;
