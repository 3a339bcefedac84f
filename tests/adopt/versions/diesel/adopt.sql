-- adopt: diesel
-- table: __diesel_schema_migrations

-- applied
SELECT version, 'applied' FROM __diesel_schema_migrations;
-- record
INSERT INTO __diesel_schema_migrations (version) VALUES (?1);
-- unrecord
DELETE FROM __diesel_schema_migrations WHERE version = ?1;
