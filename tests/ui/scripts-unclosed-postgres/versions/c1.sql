-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade
SELECT 1; /* and
/* so on */

-- downgrade: nothing
