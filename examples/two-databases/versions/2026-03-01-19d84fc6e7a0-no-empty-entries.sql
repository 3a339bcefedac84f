-- no empty entries
--
-- PostgreSQL adds a constraint to the table; SQLite has to build the table anew.
--
-- revision: 19d84fc6e7a0
-- down_revision: e6017c4ab3d2
-- created: 2026-03-01 20:03:41 UTC

-- upgrade (postgres)
DELETE FROM entry WHERE text = '';
ALTER TABLE entry ADD CONSTRAINT entry_text CHECK (text <> '');

-- upgrade (sqlite, foreign keys off)
CREATE TABLE new_entry (
    id       INTEGER PRIMARY KEY,
    guest    TEXT NOT NULL,
    text     TEXT NOT NULL CHECK (text <> ''),
    at       TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    language VARCHAR(8) NOT NULL DEFAULT 'en'
);
INSERT INTO new_entry SELECT id, guest, text, at, language FROM entry WHERE text <> '';
DROP TABLE entry;
ALTER TABLE new_entry RENAME TO entry;

-- downgrade (postgres)
ALTER TABLE entry DROP CONSTRAINT entry_text;

-- downgrade (sqlite, foreign keys off)
CREATE TABLE new_entry (
    id       INTEGER PRIMARY KEY,
    guest    TEXT NOT NULL,
    text     TEXT NOT NULL,
    at       TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    language VARCHAR(8) NOT NULL DEFAULT 'en'
);
INSERT INTO new_entry SELECT id, guest, text, at, language FROM entry;
DROP TABLE entry;
ALTER TABLE new_entry RENAME TO entry;
