-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade (postgres)
ALTER TYPE mood ADD VALUE 'calm';

-- upgrade (sqlite): nothing
-- downgrade: nothing
