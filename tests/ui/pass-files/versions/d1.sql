-- create d1
--
-- revision: d1
-- down_revision: c1

-- upgrade: nothing
-- irreversible: the rows are gone
