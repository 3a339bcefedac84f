-- create b10
--
-- revision: b10
-- down_revision: a1

-- upgrade
CREATE TABLE b10 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b10;
