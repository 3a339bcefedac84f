-- adopt: alembic
-- table: alembic_version

-- applied
SELECT version_num, 'upto' FROM alembic_version;
-- record
DELETE FROM alembic_version WHERE version_num = ?4;
INSERT INTO alembic_version (version_num) VALUES (?1);
-- unrecord
DELETE FROM alembic_version WHERE version_num = ?1;
INSERT INTO alembic_version (version_num) SELECT ?4 WHERE ?4 IS NOT NULL;
