-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade (no transaction, own transaction)
SELECT 1;
-- downgrade (postgres, foreign keys off)
SELECT 1;
