-- adopt: dbmate
-- table: schema_migrations

-- applied
SELECT version, 'applied' FROM schema_migrations;
-- record
INSERT INTO schema_migrations (version) VALUES (?1);
-- unrecord
DELETE FROM schema_migrations WHERE version = ?1;
