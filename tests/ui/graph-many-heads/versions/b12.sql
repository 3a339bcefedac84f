-- create b12
--
-- revision: b12
-- down_revision: a1

-- upgrade
CREATE TABLE b12 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b12;
