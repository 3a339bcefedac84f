-- notes
--
-- revision: 5f1c0a7be303
-- down_revision: 5f1c0a7be202
-- adopts: 20240101000003_notes 3c7c0af1ad177a2f2a66813051717c748619b7affbcf5933d7f0828de2d38be7

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
