-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade (sqlite
SELECT 1;
-- downgrade: SELECT 1;
