-- create d1
--
-- revision: d1
-- down_revision: c1

-- upgrade (sqlite)
SELECT 1;
-- downgrade: nothing
