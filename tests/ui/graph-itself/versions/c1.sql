-- create c1
--
-- revision: c1
-- down_revision: a1
-- depends_on: c1

-- upgrade
CREATE TABLE c1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE c1;
