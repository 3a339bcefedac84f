-- create 8280855a5064
--
-- revision: 8280855a5064
-- down_revision: none

-- upgrade
CREATE TABLE 8280855a5064 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE 8280855a5064;
