-- users
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO users VALUES (1, 'Ada;');

-- downgrade
DROP TABLE users;
