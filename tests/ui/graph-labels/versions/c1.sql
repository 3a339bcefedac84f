-- create c1
--
-- revision: c1
-- down_revision: b1
-- branch_labels: users

-- upgrade
CREATE TABLE c1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE c1;
