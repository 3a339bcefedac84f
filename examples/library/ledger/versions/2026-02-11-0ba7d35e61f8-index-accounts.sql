-- index accounts
--
-- revision: 0ba7d35e61f8
-- down_revision: 84c1e9d07f32
-- created: 2026-02-11 17:45:33 UTC

-- upgrade
CREATE INDEX ledger_posting_account ON ledger_posting (account);

-- downgrade
DROP INDEX ledger_posting_account;
