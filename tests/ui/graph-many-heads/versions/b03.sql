-- create b03
--
-- revision: b03
-- down_revision: a1

-- upgrade
CREATE TABLE b03 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b03;
