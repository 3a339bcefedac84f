-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade (sqlite)
CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT DEFAULT 'BEGIN; COMMIT;');
CREATE TRIGGER note_count AFTER INSERT ON note BEGIN
    UPDATE total SET n = n + CASE WHEN NEW.id > 0 THEN 1 ELSE 0 END;
END;

-- upgrade (postgres)
CREATE FUNCTION one() RETURNS integer LANGUAGE sql BEGIN ATOMIC
    SELECT 1;
END;
DO $do$ BEGIN
    RAISE NOTICE 'COMMIT;';
END $do$;
SAVEPOINT s;
ROLLBACK TO SAVEPOINT s;

-- downgrade
DROP TABLE note;
