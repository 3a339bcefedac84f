-- users
--
-- revision: 5f1c0a7be101
-- down_revision: none
-- adopts: 20240101000001_users 55c6e45e2adef1806e4a64c2fcf17cbea3bd1682f93daf6c8dd6d53719c60d82

-- upgrade
CREATE TABLE ran (step INTEGER NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
INSERT INTO ran (step) VALUES (1);

-- downgrade
DROP TABLE users;
DROP TABLE ran;
