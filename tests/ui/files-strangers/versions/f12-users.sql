-- create f1
--
-- revision: f1
-- down_revision: a1

-- upgrade
CREATE TABLE f1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE f1;
