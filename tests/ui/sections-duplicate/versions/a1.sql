-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
SELECT 1;
-- upgrade (sqlite)
SELECT 1;
-- upgrade (sqlite, no transaction)
SELECT 1;
-- downgrade
SELECT 2;
-- irreversible: no
