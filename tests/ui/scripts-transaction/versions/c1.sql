-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade
ROLLBACK;
SAVEPOINT s;
ROLLBACK TO s;
RELEASE s;

-- downgrade: nothing
