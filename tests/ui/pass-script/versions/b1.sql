-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade (postgres, no transaction)
CREATE INDEX CONCURRENTLY note_text ON note (text);
VACUUM note;

-- upgrade (sqlite, foreign keys off)
CREATE TABLE new_note (id INTEGER PRIMARY KEY);
INSERT INTO new_note SELECT id FROM note;
DROP TABLE note;
ALTER TABLE new_note RENAME TO note;

-- downgrade (postgres, no transaction)
DROP INDEX CONCURRENTLY note_text;

-- irreversible (sqlite): the texts are gone
