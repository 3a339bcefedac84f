-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade (no transaction)
BEGIN IMMEDIATE;
SELECT 1;
END;

-- downgrade: nothing
