INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace; or "Amazing Grace"');
INSERT INTO ran VALUES (2);
