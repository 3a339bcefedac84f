-- create b1
--
-- revision: b1
-- down_revision: b0

-- upgrade
CREATE TABLE b1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b1;
