-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgade
SELECT 1;
-- irreversible
