-- create b09
--
-- revision: b09
-- down_revision: a1

-- upgrade
CREATE TABLE b09 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b09;
