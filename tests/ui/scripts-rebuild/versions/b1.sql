-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
ALTER TABLE note RENAME TO old_note;
CREATE TABLE note (id INTEGER PRIMARY KEY);
INSERT INTO note SELECT id FROM old_note;
DROP TABLE old_note;

-- downgrade: nothing
