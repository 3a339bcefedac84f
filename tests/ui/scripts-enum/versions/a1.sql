-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
ALTER TYPE mood ADD VALUE 'calm';
INSERT INTO person VALUES ('calm');

-- downgrade: nothing
