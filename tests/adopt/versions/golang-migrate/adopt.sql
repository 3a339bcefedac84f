-- adopt: golang-migrate
-- table: schema_migrations

-- applied
SELECT version, CASE WHEN dirty THEN 'failed' ELSE 'upto' END FROM schema_migrations;
-- record
DELETE FROM schema_migrations;
INSERT INTO schema_migrations (version, dirty) VALUES (?1, FALSE);
-- unrecord
DELETE FROM schema_migrations;
INSERT INTO schema_migrations (version, dirty) SELECT ?4, FALSE WHERE ?4 IS NOT NULL;
