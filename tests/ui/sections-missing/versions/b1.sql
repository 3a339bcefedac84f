-- create b1
--
-- revision: b1
-- down_revision: a1

-- downgrade
SELECT 1;
