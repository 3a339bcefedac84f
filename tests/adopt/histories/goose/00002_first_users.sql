-- +goose Up
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace; or "Amazing Grace"');
INSERT INTO ran VALUES (2);

-- +goose Down
DELETE FROM users WHERE id IN (1, 2);
DELETE FROM ran WHERE step = 2;
