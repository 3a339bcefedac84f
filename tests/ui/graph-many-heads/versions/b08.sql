-- create b08
--
-- revision: b08
-- down_revision: a1

-- upgrade
CREATE TABLE b08 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b08;
