-- first users
--
-- revision: 5f1c0a7be202
-- down_revision: 5f1c0a7be101
-- adopts: 20240101000002 e73e0a71e33fd0d62b233553dda9340213e634fff312bfeb42018d7621f21f86a1d1232aa3127221f992898a5d39affa|7fd1626504f54e2f537b214d3f9565924d4d959be8999d4a1036add673637c6c35471e0edd0e0e2c956b2ddde77afe2f

-- upgrade
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace; or "Amazing Grace"');
INSERT INTO ran (step) VALUES (2);

-- downgrade
DELETE FROM users WHERE id IN (1, 2);
DELETE FROM ran WHERE step = 2;
