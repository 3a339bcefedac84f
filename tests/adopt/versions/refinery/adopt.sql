-- adopt: refinery
-- table: refinery_schema_history

-- applied
SELECT version, 'applied', checksum FROM refinery_schema_history;
-- record (sqlite)
INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?3);
-- record (postgres)
INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (?1, ?2, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ?3);
-- unrecord
DELETE FROM refinery_schema_history WHERE version = ?1;
