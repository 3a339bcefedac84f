-- fail empty jobs
--
-- revision: 03b7ac6e24d8
-- down_revision: c98e51d70f2b
-- created: 2026-06-01 12:58:03 UTC

-- upgrade
UPDATE job SET state = 'failed' WHERE state = 'queued' AND text = '';

-- downgrade
UPDATE job SET state = 'queued' WHERE state = 'failed' AND text = '';
