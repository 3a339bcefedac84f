-- create b01
--
-- revision: b01
-- down_revision: a1

-- upgrade
CREATE TABLE b01 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b01;
