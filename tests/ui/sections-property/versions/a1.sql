-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade (no transactoin)
SELECT 1;
-- downgrade (mysql)
SELECT 1;
