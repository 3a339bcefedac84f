-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
BEGIN;
CREATE TABLE note (id INTEGER);
COMMIT;

-- downgrade: nothing
