-- create d1
--
-- revision: d1
-- down_revision: c1
-- depends_on: billing_7

-- upgrade
CREATE TABLE d1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE d1;
