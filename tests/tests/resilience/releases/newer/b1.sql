-- index it while it is in use
--
-- revision: b1
-- down_revision: a1

-- upgrade (sqlite, no transaction)
VACUUM;
CREATE UNIQUE INDEX kept_x ON kept (x);

-- upgrade (postgres, no transaction)
VACUUM kept;
CREATE UNIQUE INDEX CONCURRENTLY kept_x ON kept (x);

-- downgrade
DROP INDEX kept_x;
