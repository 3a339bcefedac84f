-- other base
-- revision: e1
-- down_revision: none

-- upgrade: nothing
-- downgrade: nothing
