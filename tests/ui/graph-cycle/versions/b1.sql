-- create b1
--
-- revision: b1
-- down_revision: d1

-- upgrade
CREATE TABLE b1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b1;
