-- create b00
--
-- revision: b00
-- down_revision: a1

-- upgrade
CREATE TABLE b00 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b00;
