-- adopt: django
-- table: django_migrations

-- applied
SELECT app || '.' || name, 'applied' FROM django_migrations;
-- record (sqlite)
INSERT INTO django_migrations (app, name, applied) VALUES (substr(?1, 1, instr(?1, '.') - 1), substr(?1, instr(?1, '.') + 1), datetime('now'));
-- record (postgres)
INSERT INTO django_migrations (app, name, applied) VALUES (split_part(?1, '.', 1), split_part(?1, '.', 2), now());
-- unrecord
DELETE FROM django_migrations WHERE app || '.' || name = ?1;
