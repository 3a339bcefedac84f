-- create a1
--
-- revision: a1
-- down_revision: none

-- Upgrade
SELECT 1;
--downgrade
SELECT 1;
