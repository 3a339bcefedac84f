-- users
--
-- revision: 5f1c0a7be101
-- down_revision: none
-- adopts: 20240101000001 l8iL3uWwW1TajizsRlvlRGB1ZETFZAug1r+4+2b37gk= "users"

-- upgrade
CREATE TABLE ran (step INTEGER NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
INSERT INTO ran (step) VALUES (1);

-- downgrade
DROP TABLE users;
DROP TABLE ran;
