-- create ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
--
-- revision: ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
-- down_revision: none

-- upgrade
CREATE TABLE ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc;
