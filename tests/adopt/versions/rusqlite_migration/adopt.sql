-- adopt: rusqlite_migration
-- table: none

-- applied
SELECT user_version, 'upto' FROM pragma_user_version WHERE user_version > 0;
-- record
PRAGMA user_version = ?1;
-- unrecord
PRAGMA user_version = ?4;
