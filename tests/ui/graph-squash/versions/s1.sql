-- create s1
--
-- revision: s1
-- down_revision: none
-- replaces: z1, a1

-- upgrade
CREATE TABLE s1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE s1;
