-- split names
--
-- revision: b7e0
-- down_revision: a1c4
-- created: 2026-11-21 09:40:00 UTC

-- upgrade (sqlite)
ALTER TABLE people RENAME COLUMN name TO first_name;
ALTER TABLE people ADD COLUMN last_name TEXT;
UPDATE people
    SET last_name = substr(first_name, instr(first_name, ' ') + 1),
        first_name = substr(first_name, 1, instr(first_name, ' ') - 1)
    WHERE instr(first_name, ' ') > 0;

-- upgrade (postgres)
ALTER TABLE people RENAME COLUMN name TO first_name;
ALTER TABLE people ADD COLUMN last_name TEXT;
UPDATE people
    SET last_name = substr(first_name, strpos(first_name, ' ') + 1),
        first_name = split_part(first_name, ' ', 1)
    WHERE strpos(first_name, ' ') > 0;

-- downgrade
UPDATE people SET first_name = first_name || ' ' || last_name WHERE last_name IS NOT NULL;
ALTER TABLE people DROP COLUMN last_name;
ALTER TABLE people RENAME COLUMN first_name TO name;
