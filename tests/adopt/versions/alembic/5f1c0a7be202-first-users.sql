-- first users
--
-- revision: 5f1c0a7be202
-- down_revision: 5f1c0a7be101
-- adopts: 2c4de81b7702

-- upgrade
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace; or "Amazing Grace"');
INSERT INTO ran (step) VALUES (2);

-- downgrade
DELETE FROM users WHERE id IN (1, 2);
DELETE FROM ran WHERE step = 2;
