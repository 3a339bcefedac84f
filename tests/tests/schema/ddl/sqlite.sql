-- A shop with several stores, grown over years by several hands.

CREATE TABLE organisations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE,
    slug TEXT NOT NULL CONSTRAINT uq_organisations_slug UNIQUE ON CONFLICT FAIL,
    plan TEXT NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'team', 'enterprise')),
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at TEXT
) STRICT;

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    org_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    email TEXT NOT NULL COLLATE NOCASE,
    "order" INTEGER DEFAULT -1,
    display_name VARCHAR(200) DEFAULT 'it''s me',
    age SMALLINT CHECK (age >= 0 AND age < 200),
    settings TEXT NOT NULL DEFAULT (json_object('theme', 'dark', 'size', 1 + 1)),
    email_lower TEXT GENERATED ALWAYS AS (lower(email)) STORED,
    initials AS (substr(display_name, 1, 1) || '.') VIRTUAL,
    password_hash BLOB DEFAULT x'00FF',
    last_seen TIMESTAMP NOT NULL ON CONFLICT REPLACE DEFAULT '1970-01-01',
    CONSTRAINT uq_users_org_email UNIQUE (org_id, email COLLATE BINARY),
    CONSTRAINT ck_users_email CHECK (email LIKE '%_@_%' ESCAPE '\'),
    CHECK (length("order") < 5 OR "order" IS NULL)
);
CREATE INDEX ix_users_name ON users (display_name COLLATE RTRIM DESC, age);
CREATE UNIQUE INDEX ix_users_email ON users (lower(email), org_id) WHERE last_seen IS NOT NULL AND age > 0;
CREATE INDEX "odd name, (really)" ON users ("order" DESC, email_lower);

CREATE TABLE memberships (
    user_id INTEGER NOT NULL,
    org_id INTEGER NOT NULL,
    role TEXT DEFAULT 'member' NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (user_id, org_id DESC) ON CONFLICT REPLACE,
    CONSTRAINT fk_memberships_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (org_id) REFERENCES organisations
) WITHOUT ROWID, STRICT;

CREATE TABLE "Line items" (
    "the order" INTEGER NOT NULL,
    "select" INTEGER NOT NULL DEFAULT 1,
    price NUMERIC(10, 2) NOT NULL DEFAULT 0.0,
    quantity INT DEFAULT +1,
    is_gift BOOLEAN DEFAULT FALSE,
    note CLOB DEFAULT NULL,
    untyped,
    total REAL AS (price * quantity - - 1) STORED CHECK (total <> 1e-3),
    PRIMARY KEY ("the order", "select")
);
CREATE INDEX ix_lines_total ON "Line items" (total DESC, price * quantity DESC) WHERE "select" IN (1, 2, 3);

CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    parent INTEGER CONSTRAINT fk_categories_parent REFERENCES categories (id) ON DELETE SET NULL DEFERRABLE,
    path TEXT UNIQUE,
    CHECK (parent <> id),
    CHECK (CASE WHEN parent IS NULL THEN path = '/' ELSE path GLOB '/*' END)
);

CREATE TABLE audit (
    at REAL NOT NULL DEFAULT (julianday('now')),
    who TEXT NOT NULL DEFAULT system,
    what TEXT NOT NULL,
    UNIQUE (at, who) ON CONFLICT IGNORE
);

CREATE TABLE a_table_with_a_name_that_is_rather_long_because_somebody_generated_it (
    a_column_whose_name_is_as_long_as_that_of_its_table_and_then_some INTEGER UNIQUE
        REFERENCES organisations (id) ON UPDATE SET DEFAULT
);

CREATE VIRTUAL TABLE documents USING fts5(title, body);

CREATE VIEW active_users AS SELECT u.* FROM users AS u JOIN organisations o ON o.id = u.org_id WHERE o.deleted_at IS NULL;
CREATE VIEW a_count (org, users) AS SELECT org_id, count(*) FROM active_users GROUP BY org_id;

CREATE TRIGGER users_audit AFTER UPDATE OF email ON users WHEN old.email <> new.email
BEGIN
    INSERT INTO audit (what) VALUES ('email of ' || old.id);
END;
CREATE TRIGGER active_users_delete INSTEAD OF DELETE ON active_users
BEGIN
    DELETE FROM users WHERE id = old.id;
END;
