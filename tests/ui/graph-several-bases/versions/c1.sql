-- create c1
--
-- revision: c1
-- down_revision: a1, b1

-- upgrade
CREATE TABLE c1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE c1;
