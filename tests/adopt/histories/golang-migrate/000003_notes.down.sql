DROP TABLE notes;
DELETE FROM ran WHERE step = 3;
