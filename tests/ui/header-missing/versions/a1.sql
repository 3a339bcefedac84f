-- create users

-- upgrade
CREATE TABLE users (id INTEGER);

-- downgrade
DROP TABLE users;
