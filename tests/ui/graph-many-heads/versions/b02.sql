-- create b02
--
-- revision: b02
-- down_revision: a1

-- upgrade
CREATE TABLE b02 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b02;
