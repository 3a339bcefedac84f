-- create e1
--
-- revision: e1
-- down_revision: d1
-- branch_labels: base, my users

-- upgrade
CREATE TABLE e1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE e1;
