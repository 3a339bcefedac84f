-- base
-- revision: a1
-- down_revison: none

-- upgrade (sqlite)
SELECT 1;
