-- create b07
--
-- revision: b07
-- down_revision: a1

-- upgrade
CREATE TABLE b07 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b07;
