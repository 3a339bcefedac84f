-- labels, conditions and reservations
--
-- revision: 092c39d1000a
-- down_revision: 39579f9287dd
-- created: 2026-04-14 08:31:52 UTC
-- breaking: renames members.mail to email; tools.label is required of every new row
-- version: v1.1.0

-- upgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE members RENAME COLUMN mail TO email;
PRAGMA legacy_alter_table = ON;

CREATE TABLE reservations (
    tool_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    until TEXT NOT NULL,
    CONSTRAINT pk_reservations PRIMARY KEY (tool_id, member_id),
    CONSTRAINT fk_reservations_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE,
    CONSTRAINT fk_reservations_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id) ON DELETE CASCADE
);

-- loans is made anew, because SQLite can't change it in place: a check comes.
-- Fails if there are rows of loans that ck_loans_days refuses:
--   SELECT * FROM loans WHERE NOT (days > 0);
CREATE TABLE loans_new (
    id INTEGER CONSTRAINT pk_loans PRIMARY KEY,
    tool_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    lent_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    days INTEGER NOT NULL,
    returned_at TEXT,
    CONSTRAINT ck_loans_days CHECK (days > 0),
    CONSTRAINT fk_loans_member_id FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id)
);
INSERT INTO loans_new (id, tool_id, member_id, lent_at, days, returned_at)
SELECT id, tool_id, member_id, lent_at, days, returned_at
FROM loans;
DROP TABLE loans;
ALTER TABLE loans_new RENAME TO loans;
CREATE INDEX ix_loans_member_id ON loans (member_id);
CREATE UNIQUE INDEX uq_loans_tool_id_open ON loans (tool_id) WHERE returned_at IS NULL;

-- tools is made anew, because SQLite can't change it in place: `label` can't be added in place, a
-- unique constraint comes.
-- Fails if there are rows of tools that are equal in label:
--   SELECT label, count(*) FROM (SELECT *, 'T-' || id AS label FROM tools) AS tools GROUP BY label HAVING count(*) > 1;
CREATE TABLE tools_new (
    id INTEGER CONSTRAINT pk_tools PRIMARY KEY,
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    place_id INTEGER NOT NULL,
    shelf TEXT NOT NULL,
    category_id INTEGER,
    price_cents INTEGER NOT NULL,
    bought_on TEXT,
    condition TEXT NOT NULL DEFAULT 'fine',
    CONSTRAINT uq_tools_label UNIQUE (label),
    CONSTRAINT ck_tools_condition_enum CHECK (condition IN ('fine', 'worn', 'broken')),
    CONSTRAINT ck_tools_price CHECK (price_cents >= 0),
    CONSTRAINT fk_tools_category_id FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    CONSTRAINT fk_tools_place_id_shelf FOREIGN KEY (place_id, shelf) REFERENCES shelves (place_id, code)
);
INSERT INTO tools_new (id, label, name, place_id, shelf, category_id, price_cents, bought_on)
SELECT id, 'T-' || id, name, place_id, shelf, category_id, price_cents, bought_on
FROM tools;
DROP TABLE tools;
ALTER TABLE tools_new RENAME TO tools;
CREATE INDEX ix_tools_category_id ON tools (category_id);
CREATE INDEX ix_tools_name_lower ON tools (lower(name));
CREATE INDEX ix_tools_place_id_shelf ON tools (place_id, shelf);

CREATE INDEX ix_reservations_member_id ON reservations (member_id);

-- upgrade (postgres)
ALTER TABLE members RENAME COLUMN mail TO email;
ALTER TABLE members RENAME CONSTRAINT uq_members_mail TO uq_members_email;

CREATE TYPE tool_condition AS ENUM ('fine', 'worn', 'broken');

CREATE TABLE reservations (
    tool_id bigint NOT NULL,
    member_id bigint NOT NULL,
    until date NOT NULL,
    CONSTRAINT pk_reservations PRIMARY KEY (tool_id, member_id),
    CONSTRAINT fk_reservations_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
);

ALTER TABLE tools ADD COLUMN label text;
UPDATE tools SET label = 'T-' || id;
ALTER TABLE tools ALTER COLUMN label SET NOT NULL;
ALTER TABLE tools ADD COLUMN condition tool_condition NOT NULL DEFAULT 'fine'::tool_condition;

-- Fails if there are rows of loans that ck_loans_days refuses:
--   SELECT * FROM loans WHERE NOT (days > 0);
-- Two steps: the first holds for new rows at once. If the table is big, move the second to the next
-- revision, so that writers don't wait while the rows are read.
ALTER TABLE loans ADD CONSTRAINT ck_loans_days CHECK (days > 0) NOT VALID;
ALTER TABLE loans VALIDATE CONSTRAINT ck_loans_days;

-- Fails if there are rows of tools that are equal in label:
--   SELECT label, count(*) FROM (SELECT *, 'T-' || id AS label FROM tools) AS tools GROUP BY label HAVING count(*) > 1;
ALTER TABLE tools ADD CONSTRAINT uq_tools_label UNIQUE (label);

ALTER TABLE reservations ADD CONSTRAINT fk_reservations_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id) ON DELETE CASCADE;
CREATE INDEX ix_reservations_member_id ON reservations (member_id);

CREATE INDEX ix_tools_name_lower ON tools (lower(name));

-- downgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE members RENAME COLUMN email TO mail;
PRAGMA legacy_alter_table = ON;

-- loans is made anew, because SQLite can't change it in place: a check goes.
CREATE TABLE loans_new (
    id INTEGER CONSTRAINT pk_loans PRIMARY KEY,
    tool_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    lent_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    days INTEGER NOT NULL,
    returned_at TEXT,
    CONSTRAINT fk_loans_member_id FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id)
);
INSERT INTO loans_new (id, tool_id, member_id, lent_at, days, returned_at)
SELECT id, tool_id, member_id, lent_at, days, returned_at
FROM loans;
DROP TABLE loans;
ALTER TABLE loans_new RENAME TO loans;
CREATE INDEX ix_loans_member_id ON loans (member_id);
CREATE UNIQUE INDEX uq_loans_tool_id_open ON loans (tool_id) WHERE returned_at IS NULL;

-- tools is made anew, because SQLite can't change it in place: `label` can't be dropped in place,
-- `condition` can't be dropped in place, a unique constraint goes, a check goes.
-- This loses the values of tools.label.
-- This loses the values of tools.condition.
CREATE TABLE tools_new (
    id INTEGER CONSTRAINT pk_tools PRIMARY KEY,
    name TEXT NOT NULL,
    place_id INTEGER NOT NULL,
    shelf TEXT NOT NULL,
    category_id INTEGER,
    price_cents INTEGER NOT NULL,
    bought_on TEXT,
    CONSTRAINT ck_tools_price CHECK (price_cents >= 0),
    CONSTRAINT fk_tools_category_id FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    CONSTRAINT fk_tools_place_id_shelf FOREIGN KEY (place_id, shelf) REFERENCES shelves (place_id, code)
);
INSERT INTO tools_new (id, name, place_id, shelf, category_id, price_cents, bought_on)
SELECT id, name, place_id, shelf, category_id, price_cents, bought_on
FROM tools;
DROP TABLE tools;
ALTER TABLE tools_new RENAME TO tools;
CREATE INDEX ix_tools_category_id ON tools (category_id);
CREATE INDEX ix_tools_place_id_shelf ON tools (place_id, shelf);

-- This loses the rows of reservations.
DROP TABLE reservations;

-- downgrade (postgres)
ALTER TABLE members RENAME COLUMN email TO mail;

-- fk_reservations_tool_id makes room: it stands on a key of tools that changes.
ALTER TABLE reservations DROP CONSTRAINT fk_reservations_tool_id;

DROP INDEX ix_tools_name_lower;

ALTER TABLE loans DROP CONSTRAINT ck_loans_days;

ALTER TABLE tools DROP CONSTRAINT uq_tools_label;

ALTER TABLE members RENAME CONSTRAINT uq_members_email TO uq_members_mail;

-- This loses the values of tools.label.
ALTER TABLE tools DROP COLUMN label;

-- This loses the values of tools.condition.
ALTER TABLE tools DROP COLUMN condition;

-- This loses the rows of reservations.
DROP TABLE reservations;

DROP TYPE tool_condition;
