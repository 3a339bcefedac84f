-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
INSERT INTO note VALUES ('it);

-- downgrade: nothing
