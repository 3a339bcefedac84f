CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "type" TEXT,
    "userId" VARCHAR(20) NOT NULL,
    "user_id" INT,
    "self" BOOLEAN DEFAULT 1,
    "2nd" DECIMAL(10, 2) DEFAULT (1 + 2),
    "a b" DATETIME DEFAULT CURRENT_TIMESTAMP,
    untyped,
    name TEXT COLLATE NOCASE DEFAULT 'it''s "so"',
    path TEXT DEFAULT 'a\b',
    low TEXT GENERATED ALWAYS AS (lower(name)) STORED,
    up TEXT AS (upper(name)),
    CHECK (user_id > 0),
    CONSTRAINT both_set CHECK (name IS NOT NULL OR path IS NOT NULL),
    CHECK (user_id < 100 AND name <> ''),
    UNIQUE (user_id, name),
    UNIQUE ("userId") ON CONFLICT REPLACE
);
CREATE UNIQUE INDEX ix_users_type ON users ("type");
CREATE INDEX by_name ON users (name COLLATE BINARY DESC, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX by_lower ON users (lower(name), "a b");
CREATE INDEX by_lower_down ON users (lower(name) DESC);

CREATE TABLE "Option" (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE tokens (token TEXT PRIMARY KEY, user INTEGER REFERENCES users ON DELETE CASCADE) STRICT;
CREATE TABLE strict_ints (a INT, b ANY, c INTEGER NOT NULL) STRICT;
CREATE TABLE pairs (a INTEGER, b TEXT, c INTEGER REFERENCES pairs_target (x), PRIMARY KEY (a, b DESC));
CREATE TABLE pairs_target (x INTEGER UNIQUE, y INTEGER, z INTEGER NOT NULL ON CONFLICT IGNORE);
CREATE TABLE children (
    a INTEGER NOT NULL, b TEXT NOT NULL,
    target INTEGER REFERENCES pairs_target (x) ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
    again INTEGER CONSTRAINT again REFERENCES pairs_target (x),
    FOREIGN KEY (a, b) REFERENCES pairs (a, b) ON DELETE RESTRICT
);
CREATE TABLE lost (id INTEGER PRIMARY KEY, nobody INTEGER REFERENCES nowhere (id));
CREATE TABLE "order items" (id INTEGER PRIMARY KEY, "Größe" REAL, amount REAL CHECK (amount >= 0));
CREATE TABLE order_items (id INTEGER PRIMARY KEY);
CREATE VIEW names AS SELECT name FROM users;
CREATE TRIGGER touched AFTER INSERT ON users BEGIN UPDATE users SET path = '' WHERE id = new.id; END;
CREATE VIRTUAL TABLE search USING fts5 (body);
