-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade
ABORT;
PREPARE TRANSACTION 'x';
SAVEPOINT s;

-- downgrade: nothing
