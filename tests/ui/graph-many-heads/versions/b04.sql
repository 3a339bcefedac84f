-- create b04
--
-- revision: b04
-- down_revision: a1

-- upgrade
CREATE TABLE b04 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b04;
