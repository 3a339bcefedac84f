-- create c1
--
-- revision: c1
-- down_revision: b1

-- upgrade
SELECT 1;
CREATE TRIGGER t AFTER INSERT ON note BEGIN
    UPDATE note SET n = 1;

-- downgrade: nothing
