-- notes
--
-- revision: 5f1c0a7be303
-- down_revision: 5f1c0a7be202
-- adopts: 3 1443955373 "notes"

-- upgrade
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES users (id),
    body VARCHAR(200) NOT NULL
);
CREATE INDEX notes_by_owner ON notes (owner);
INSERT INTO ran (step) VALUES (3);

-- downgrade
DROP TABLE notes;
DELETE FROM ran WHERE step = 3;
