-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade (no transaction)
CREATE INDEX CONCURRENTLY ON note (n);

-- downgrade: nothing
