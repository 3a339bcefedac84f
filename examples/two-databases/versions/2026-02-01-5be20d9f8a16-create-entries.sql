-- create entries
--
-- revision: 5be20d9f8a16
-- down_revision: none
-- created: 2026-02-01 18:22:10 UTC

-- upgrade (sqlite)
CREATE TABLE entry (
    id     INTEGER PRIMARY KEY,
    guest  TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- upgrade (postgres)
CREATE TABLE entry (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guest  text NOT NULL,
    text   text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);

-- downgrade
DROP TABLE entry;
