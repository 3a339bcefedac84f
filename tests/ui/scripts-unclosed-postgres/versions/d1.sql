-- create d1
--
-- revision: d1
-- down_revision: c1

-- upgrade
SELECT E'it\';

-- downgrade: nothing
