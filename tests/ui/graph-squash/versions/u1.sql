-- create u1
--
-- revision: u1
-- down_revision: z1

-- upgrade
CREATE TABLE u1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE u1;
