-- create b06
--
-- revision: b06
-- down_revision: a1

-- upgrade
CREATE TABLE b06 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b06;
