-- b1
--
-- revision: b1
-- down_revision: a1
-- created: 2026-11-20 10:02:11 UTC
-- breaking: renames users.mail to email; drops users.nickname

-- upgrade (sqlite)
ALTER TABLE users RENAME COLUMN mail TO email;

ALTER TABLE users ADD COLUMN age INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mood TEXT CONSTRAINT ck_users_mood_enum CHECK (mood IN ('good', 'bad'));
CREATE INDEX ix_users_email ON users (email);

-- This loses the values of users.nickname.
ALTER TABLE users DROP COLUMN nickname;

-- upgrade (postgres)
ALTER TABLE users RENAME COLUMN mail TO email;

CREATE TYPE mood AS ENUM ('good', 'bad');

ALTER TABLE users ADD COLUMN age integer NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mood mood;
CREATE INDEX ix_users_email ON users (email);

-- This loses the values of users.nickname.
ALTER TABLE users DROP COLUMN nickname;

-- downgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE users RENAME COLUMN email TO mail;
PRAGMA legacy_alter_table = ON;

-- users is made anew, because SQLite can't change it in place: `mood` can't be dropped in place, a
-- check goes.
-- This loses the values of users.age.
-- This loses the values of users.mood.
-- users.nickname comes back without its values.
CREATE TABLE users_new (
    id INTEGER CONSTRAINT pk_users PRIMARY KEY,
    mail TEXT NOT NULL,
    org_id INTEGER NOT NULL,
    nickname TEXT,
    CONSTRAINT fk_users_org_id FOREIGN KEY (org_id) REFERENCES orgs (id)
);
INSERT INTO users_new (id, mail, org_id)
SELECT id, mail, org_id
FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;

-- downgrade (postgres)
ALTER TABLE users RENAME COLUMN email TO mail;

DROP INDEX ix_users_email;

-- users.nickname comes back without its values.
ALTER TABLE users ADD COLUMN nickname text;

-- This loses the values of users.age.
ALTER TABLE users DROP COLUMN age;

-- This loses the values of users.mood.
ALTER TABLE users DROP COLUMN mood;

DROP TYPE mood;
