-- notes
--
-- revision: 5f1c0a7be303
-- down_revision: 5f1c0a7be202
-- adopts: 20240101000003 70e6238466361ac6a794e7c59e913fc7c01c02f937bf440e32a8f31a44b7c4d4f7c39dc82c55a77eb9ba9219be02eea0|9914dfe8ae61e580efdeddd8600870d5f8ecc4ad50733ff632b3ecd9c99b771856c0f11fd3e8ca8d43e5d6059b47e5fa

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
