-- users
-- revision: a1
-- down_revision: none
-- adopts: 20220101 ab12|cd34 "users"

-- upgrade
CREATE TABLE users (id int);

-- downgrade
DROP TABLE users;
