CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES users (id),
    body VARCHAR(200) NOT NULL
);
CREATE INDEX notes_by_owner ON notes (owner);
INSERT INTO ran VALUES (3);
