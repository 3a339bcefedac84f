-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade (no transaction)
BEGIN;
SELECT 1;
COMMIT;

-- downgrade: nothing
