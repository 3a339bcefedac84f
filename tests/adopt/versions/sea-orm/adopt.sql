-- adopt: sea-orm
-- table: seaql_migrations

-- applied
SELECT version, 'applied' FROM seaql_migrations;
-- record (sqlite)
INSERT INTO seaql_migrations (version, applied_at) VALUES (?1, strftime('%s', 'now'));
-- record (postgres)
INSERT INTO seaql_migrations (version, applied_at) VALUES (?1, extract(epoch FROM now())::bigint);
-- unrecord
DELETE FROM seaql_migrations WHERE version = ?1;
