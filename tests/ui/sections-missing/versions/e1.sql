-- create e1
--
-- revision: e1
-- down_revision: d1

-- upgrade: nothing
-- irreversible (postgres): rows are gone
