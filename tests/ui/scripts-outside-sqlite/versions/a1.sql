-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
VACUUM;

-- downgrade: nothing
