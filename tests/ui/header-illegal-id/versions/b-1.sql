-- create b-1
--
-- revision: b-1
-- down_revision: head

-- upgrade
CREATE TABLE b-1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE b-1;
