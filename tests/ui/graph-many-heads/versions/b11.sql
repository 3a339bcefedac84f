-- create b11
--
-- revision: b11
-- down_revision: a1

-- upgrade
CREATE TABLE b11 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b11;
