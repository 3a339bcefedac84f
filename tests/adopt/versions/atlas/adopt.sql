-- adopt: atlas
-- table: atlas_schema_revisions

-- applied
SELECT version, CASE WHEN type IN (1, 3, 5) THEN 'upto' WHEN applied < total THEN 'failed' ELSE 'applied' END, nullif(hash, '') FROM atlas_schema_revisions WHERE version NOT LIKE '.%';
-- record (sqlite)
INSERT INTO atlas_schema_revisions (version, description, type, applied, total, executed_at, execution_time, hash, operator_version)
VALUES (?1, ?2, 2, 0, 0, datetime('now'), 0, ?3, 'migrate');
-- record (postgres)
INSERT INTO atlas_schema_revisions (version, description, type, applied, total, executed_at, execution_time, hash, operator_version)
VALUES (?1, ?2, 2, 0, 0, now(), 0, ?3, 'migrate');
-- unrecord
DELETE FROM atlas_schema_revisions WHERE version = ?1;
