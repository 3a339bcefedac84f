DELETE FROM users WHERE id IN (1, 2);
DELETE FROM ran WHERE step = 2;
