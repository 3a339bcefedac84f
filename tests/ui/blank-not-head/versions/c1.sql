-- c
--
-- revision: c1
-- down_revision: b1

-- upgrade
SELECT 1;
-- downgrade
SELECT 2;
