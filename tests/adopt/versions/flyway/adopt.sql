-- adopt: flyway
-- table: flyway_schema_history

-- applied
SELECT version,
    CASE WHEN NOT success THEN 'failed' WHEN type = 'BASELINE' THEN 'upto' WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN 'undone' ELSE 'applied' END,
    checksum
FROM flyway_schema_history AS one
WHERE version IS NOT NULL
    AND installed_rank = (SELECT max(installed_rank) FROM flyway_schema_history AS later WHERE later.version = one.version);
-- record
INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
SELECT coalesce(max(installed_rank), 0) + 1, ?1, ?2, 'SQL', 'V' || ?1 || '__' || replace(?2, ' ', '_') || '.sql', CAST(?3 AS integer), 'migrate', 0, TRUE FROM flyway_schema_history;
-- unrecord
DELETE FROM flyway_schema_history WHERE version = ?1;
