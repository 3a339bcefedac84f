-- adopt: goose
-- table: goose_db_version

-- applied
SELECT version_id, CASE WHEN is_applied THEN 'applied' ELSE 'undone' END FROM goose_db_version AS one
WHERE version_id > 0 AND id = (SELECT max(id) FROM goose_db_version AS later WHERE later.version_id = one.version_id);
-- record
INSERT INTO goose_db_version (version_id, is_applied) VALUES (?1, TRUE);
-- unrecord
DELETE FROM goose_db_version WHERE version_id = ?1;
