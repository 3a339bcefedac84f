-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade (foreign keys off, no transaction)
SELECT 1;
-- downgrade ()
SELECT 1;
