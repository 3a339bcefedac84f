-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
START TRANSACTION;
CREATE TABLE note (id integer);
END;

-- downgrade: nothing
