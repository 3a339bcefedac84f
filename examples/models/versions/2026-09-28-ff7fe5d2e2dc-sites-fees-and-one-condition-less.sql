-- sites, fees, and one condition less
--
-- revision: ff7fe5d2e2dc
-- down_revision: df758f95eec4
-- created: 2026-09-28 09:44:05 UTC
-- breaking: renames places to sites; renames opening_hours.place_id to site_id; renames shelves.place_id to site_id; renames tools.place_id to site_id; removes value worn of tool_condition
-- version: v2.0.0

-- upgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE places RENAME TO sites;
ALTER TABLE opening_hours RENAME COLUMN place_id TO site_id;
ALTER TABLE shelves RENAME COLUMN place_id TO site_id;
ALTER TABLE tools RENAME COLUMN place_id TO site_id;
PRAGMA legacy_alter_table = ON;

CREATE TABLE fees (
    loan_id INTEGER CONSTRAINT pk_fees PRIMARY KEY,
    days_late INTEGER NOT NULL,
    cents_a_day INTEGER NOT NULL DEFAULT 50,
    cents INTEGER NOT NULL GENERATED ALWAYS AS (days_late * cents_a_day) STORED,
    paid_at TEXT,
    CONSTRAINT ck_fees_days_late CHECK (days_late > 0),
    CONSTRAINT fk_fees_loan_id FOREIGN KEY (loan_id) REFERENCES loans (id) ON DELETE CASCADE
);

-- members is made anew, because SQLite can't change it in place: a unique constraint goes.
-- Fails if there are rows of members that are equal in lower(email):
--   SELECT lower(email), count(*) FROM members GROUP BY lower(email) HAVING count(*) > 1;
CREATE TABLE members_new (
    id INTEGER CONSTRAINT pk_members PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    joined_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO members_new (id, name, email, joined_at)
SELECT id, name, email, joined_at
FROM members;

-- The numbers of deleted rows are not given again.
DELETE FROM sqlite_sequence WHERE name = 'members_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'members_new', seq FROM sqlite_sequence WHERE name = 'members';
DROP TABLE members;
ALTER TABLE members_new RENAME TO members;
CREATE UNIQUE INDEX uq_members_email_lower ON members (lower(email));

-- By hand: nobody could tell worn from fine.
UPDATE tools SET condition = 'fine' WHERE condition = 'worn';

-- tools is made anew, because SQLite can't change it in place: a check goes, a check comes.
-- Fails if there are rows of tools that ck_tools_condition_enum refuses:
--   SELECT * FROM tools WHERE NOT (condition IN ('fine', 'broken', 'in_repair'));
CREATE TABLE tools_new (
    id INTEGER CONSTRAINT pk_tools PRIMARY KEY,
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    site_id INTEGER NOT NULL,
    shelf TEXT NOT NULL,
    category_id INTEGER,
    price_cents INTEGER NOT NULL,
    bought_on TEXT,
    condition TEXT NOT NULL DEFAULT 'fine',
    details TEXT NOT NULL DEFAULT '{}',
    search TEXT NOT NULL GENERATED ALWAYS AS (lower(label || ' ' || name)) STORED,
    CONSTRAINT uq_tools_label UNIQUE (label),
    CONSTRAINT ck_tools_condition_enum CHECK (condition IN ('fine', 'broken', 'in_repair')),
    CONSTRAINT ck_tools_price CHECK (price_cents >= 0),
    CONSTRAINT fk_tools_category_id FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    CONSTRAINT fk_tools_site_id_shelf FOREIGN KEY (site_id, shelf) REFERENCES shelves (site_id, code)
);
INSERT INTO tools_new (id, label, name, site_id, shelf, category_id, price_cents, bought_on, condition, details)
SELECT id, label, name, site_id, shelf, category_id, price_cents, bought_on, condition, details
FROM tools;
DROP TABLE tools;
ALTER TABLE tools_new RENAME TO tools;
CREATE INDEX ix_tools_category_id ON tools (category_id);
CREATE INDEX ix_tools_name_lower ON tools (lower(name));
CREATE INDEX ix_tools_search ON tools (search);
CREATE INDEX ix_tools_site_id_shelf ON tools (site_id, shelf);

CREATE INDEX ix_fees_open ON fees (loan_id) WHERE paid_at IS NULL;

-- upgrade (postgres)
ALTER TABLE places RENAME TO sites;
ALTER TABLE opening_hours RENAME COLUMN place_id TO site_id;
ALTER TABLE shelves RENAME COLUMN place_id TO site_id;
ALTER TABLE tools RENAME COLUMN place_id TO site_id;

ALTER TABLE members DROP CONSTRAINT uq_members_email;

ALTER TABLE opening_hours RENAME CONSTRAINT fk_opening_hours_place_id TO fk_opening_hours_site_id;
ALTER TABLE shelves RENAME CONSTRAINT fk_shelves_place_id TO fk_shelves_site_id;
ALTER TABLE sites RENAME CONSTRAINT pk_places TO pk_sites;
ALTER TABLE sites RENAME CONSTRAINT uq_places_name TO uq_sites_name;
ALTER TABLE tools RENAME CONSTRAINT fk_tools_place_id_shelf TO fk_tools_site_id_shelf;
ALTER INDEX ix_tools_place_id_shelf RENAME TO ix_tools_site_id_shelf;

-- By hand: nobody could tell worn from fine.
UPDATE tools SET condition = 'fine' WHERE condition = 'worn';

-- PostgreSQL can't take a value out of a type, so another one takes its place.
-- Fails if there are rows of tools that hold a removed value in condition:
--   SELECT * FROM tools WHERE condition::text IN ('worn');
ALTER TYPE tool_condition RENAME TO tool_condition_old;
CREATE TYPE tool_condition AS ENUM ('fine', 'broken', 'in_repair');
ALTER TABLE tools ALTER COLUMN condition DROP DEFAULT;
ALTER TABLE tools ALTER COLUMN condition TYPE tool_condition USING condition::text::tool_condition;
ALTER TABLE tools ALTER COLUMN condition SET DEFAULT 'fine'::tool_condition;

CREATE TABLE fees (
    loan_id bigint NOT NULL,
    days_late integer NOT NULL,
    cents_a_day integer NOT NULL DEFAULT 50,
    cents integer NOT NULL GENERATED ALWAYS AS (days_late * cents_a_day) STORED,
    paid_at timestamp with time zone,
    CONSTRAINT pk_fees PRIMARY KEY (loan_id),
    CONSTRAINT ck_fees_days_late CHECK (days_late > 0),
    CONSTRAINT fk_fees_loan_id FOREIGN KEY (loan_id) REFERENCES loans (id) ON DELETE CASCADE
);
CREATE INDEX ix_fees_open ON fees (loan_id) WHERE paid_at IS NULL;

-- Fails if there are rows of members that are equal in lower(email):
--   SELECT lower(email), count(*) FROM members GROUP BY lower(email) HAVING count(*) > 1;
CREATE UNIQUE INDEX uq_members_email_lower ON members (lower(email));

DROP TYPE tool_condition_old;

-- downgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE sites RENAME TO places;
ALTER TABLE opening_hours RENAME COLUMN site_id TO place_id;
ALTER TABLE shelves RENAME COLUMN site_id TO place_id;
ALTER TABLE tools RENAME COLUMN site_id TO place_id;
PRAGMA legacy_alter_table = ON;

-- members is made anew, because SQLite can't change it in place: a unique constraint comes.
-- Fails if there are rows of members that are equal in email:
--   SELECT email, count(*) FROM members GROUP BY email HAVING count(*) > 1;
CREATE TABLE members_new (
    id INTEGER CONSTRAINT pk_members PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    joined_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_members_mail UNIQUE (email)
);
INSERT INTO members_new (id, name, email, joined_at)
SELECT id, name, email, joined_at
FROM members;

-- The numbers of deleted rows are not given again.
DELETE FROM sqlite_sequence WHERE name = 'members_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'members_new', seq FROM sqlite_sequence WHERE name = 'members';
DROP TABLE members;
ALTER TABLE members_new RENAME TO members;

-- tools is made anew, because SQLite can't change it in place: a check goes, a check comes.
-- Fails if there are rows of tools that ck_tools_condition_enum refuses:
--   SELECT * FROM tools WHERE NOT (condition IN ('fine', 'worn', 'broken', 'in_repair'));
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
    details TEXT NOT NULL DEFAULT '{}',
    search TEXT NOT NULL GENERATED ALWAYS AS (lower(label || ' ' || name)) STORED,
    CONSTRAINT uq_tools_label UNIQUE (label),
    CONSTRAINT ck_tools_condition_enum CHECK (condition IN ('fine', 'worn', 'broken', 'in_repair')),
    CONSTRAINT ck_tools_price CHECK (price_cents >= 0),
    CONSTRAINT fk_tools_category_id FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    CONSTRAINT fk_tools_place_id_shelf FOREIGN KEY (place_id, shelf) REFERENCES shelves (place_id, code)
);
INSERT INTO tools_new (id, label, name, place_id, shelf, category_id, price_cents, bought_on, condition, details)
SELECT id, label, name, place_id, shelf, category_id, price_cents, bought_on, condition, details
FROM tools;
DROP TABLE tools;
ALTER TABLE tools_new RENAME TO tools;
CREATE INDEX ix_tools_category_id ON tools (category_id);
CREATE INDEX ix_tools_name_lower ON tools (lower(name));
CREATE INDEX ix_tools_place_id_shelf ON tools (place_id, shelf);
CREATE INDEX ix_tools_search ON tools (search);

-- This loses the rows of fees.
DROP TABLE fees;

-- downgrade (postgres)
ALTER TABLE sites RENAME TO places;
ALTER TABLE opening_hours RENAME COLUMN site_id TO place_id;
ALTER TABLE shelves RENAME COLUMN site_id TO place_id;
ALTER TABLE tools RENAME COLUMN site_id TO place_id;

DROP INDEX uq_members_email_lower;

ALTER TABLE opening_hours RENAME CONSTRAINT fk_opening_hours_site_id TO fk_opening_hours_place_id;
ALTER TABLE places RENAME CONSTRAINT pk_sites TO pk_places;
ALTER TABLE places RENAME CONSTRAINT uq_sites_name TO uq_places_name;
ALTER TABLE shelves RENAME CONSTRAINT fk_shelves_site_id TO fk_shelves_place_id;
ALTER TABLE tools RENAME CONSTRAINT fk_tools_site_id_shelf TO fk_tools_place_id_shelf;
ALTER INDEX ix_tools_site_id_shelf RENAME TO ix_tools_place_id_shelf;

ALTER TYPE tool_condition ADD VALUE 'worn' BEFORE 'broken';

-- Fails if there are rows of members that are equal in email:
--   SELECT email, count(*) FROM members GROUP BY email HAVING count(*) > 1;
ALTER TABLE members ADD CONSTRAINT uq_members_email UNIQUE (email);

-- This loses the rows of fees.
DROP TABLE fees;
