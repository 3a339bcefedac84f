-- rename mail, add the state of tools
--
-- revision: 8d40e2b6c715
-- down_revision: 3f1c9a7e20b4
-- created: 2026-04-10 09:00:00 UTC
-- breaking: renames members.mail to email

-- upgrade (sqlite)
ALTER TABLE members RENAME COLUMN mail TO email;

ALTER TABLE tools ADD COLUMN state TEXT NOT NULL DEFAULT 'fine' CONSTRAINT ck_tools_state_enum CHECK (state IN ('fine', 'worn', 'broken'));

-- upgrade (postgres)
ALTER TABLE members RENAME COLUMN mail TO email;
ALTER TABLE members RENAME CONSTRAINT uq_members_mail TO uq_members_email;

CREATE TYPE tool_state AS ENUM ('fine', 'worn', 'broken');

ALTER TABLE tools ADD COLUMN state tool_state NOT NULL DEFAULT 'fine'::tool_state;

-- downgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE members RENAME COLUMN email TO mail;
PRAGMA legacy_alter_table = ON;

-- tools is made anew, because SQLite can't change it in place: `state` can't be dropped in place, a
-- check goes.
-- This loses the values of tools.state.
CREATE TABLE tools_new (
    id INTEGER CONSTRAINT pk_tools PRIMARY KEY,
    name TEXT NOT NULL
);
INSERT INTO tools_new (id, name)
SELECT id, name
FROM tools;
DROP TABLE tools;
ALTER TABLE tools_new RENAME TO tools;

-- downgrade (postgres)
ALTER TABLE members RENAME COLUMN email TO mail;
ALTER TABLE members RENAME CONSTRAINT uq_members_email TO uq_members_mail;

-- This loses the values of tools.state.
ALTER TABLE tools DROP COLUMN state;

DROP TYPE tool_state;
