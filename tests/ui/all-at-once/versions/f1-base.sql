-- another base
-- revision: f1
-- down_revision: none

-- upgrade: nothing
-- downgrade: nothing
