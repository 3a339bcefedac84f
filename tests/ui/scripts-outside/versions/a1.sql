-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE INDEX CONCURRENTLY note_n ON note (n);

-- downgrade: nothing
