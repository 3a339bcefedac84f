-- rebuild
--
-- revision: c1
-- down_revision: b1

-- upgrade (sqlite, foreign keys off)
CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO new SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE new RENAME TO users;

-- upgrade (postgres, own transaction)
ALTER TABLE users ADD UNIQUE (name);

-- downgrade
SELECT 1;
