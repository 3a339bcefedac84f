-- adopt: prisma
-- table: _prisma_migrations

-- applied
SELECT migration_name,
    CASE WHEN max(CASE WHEN finished_at IS NOT NULL AND rolled_back_at IS NULL THEN 1 ELSE 0 END) = 1 THEN 'applied'
        WHEN max(CASE WHEN rolled_back_at IS NULL THEN 1 ELSE 0 END) = 1 THEN 'failed' ELSE 'undone' END,
    max(CASE WHEN rolled_back_at IS NULL THEN checksum END)
FROM _prisma_migrations GROUP BY migration_name;
-- record (sqlite)
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES (lower(hex(randomblob(16))), ?3, ?1, 1000 * strftime('%s', 'now'), 1000 * strftime('%s', 'now'), 1);
-- record (postgres)
INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
VALUES (gen_random_uuid(), ?3, ?1, now(), 1);
-- unrecord
DELETE FROM _prisma_migrations WHERE migration_name = ?1;
