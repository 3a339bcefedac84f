-- create e1
--
-- revision: e1
-- down_revision: c1

-- upgrade: nothing
-- downgrade: nothing
