-- create t1
--
-- revision: t1
-- down_revision: s1
-- replaces: z1

-- upgrade
CREATE TABLE t1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE t1;
