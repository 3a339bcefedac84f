-- create postings
--
-- revision: 84c1e9d07f32
-- down_revision: none
-- created: 2026-01-05 09:00:12 UTC

-- upgrade
CREATE TABLE ledger_posting (
    id      INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    amount  INTEGER NOT NULL
);

-- downgrade
DROP TABLE ledger_posting;
