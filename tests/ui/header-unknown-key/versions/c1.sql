-- create c1
--
-- revision: c1
-- down_revision: a1

-- version: 1.2

-- upgrade: nothing
-- downgrade: nothing
