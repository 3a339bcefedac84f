-- adopt: sqlx
-- table: _sqlx_migrations

-- applied (sqlite)
SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END, lower(hex(checksum)) FROM _sqlx_migrations;
-- applied (postgres)
SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END, encode(checksum, 'hex') FROM _sqlx_migrations;
-- record (sqlite)
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, TRUE, unhex(?3), 0);
-- record (postgres)
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, TRUE, decode(?3, 'hex'), 0);
-- unrecord
DELETE FROM _sqlx_migrations WHERE version = ?1;
