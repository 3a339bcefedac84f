-- create d1
--
-- revision: d1
-- down_revision: c1

-- upgrade (sqlite) now
SELECT 1;
-- downgrade:
SELECT 1;
