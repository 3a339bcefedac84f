-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE new_note (id INTEGER PRIMARY KEY);
INSERT INTO new_note SELECT id FROM note;
DROP TABLE note;
ALTER TABLE new_note RENAME TO note;

-- downgrade: nothing
