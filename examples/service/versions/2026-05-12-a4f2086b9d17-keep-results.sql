-- keep results
--
-- revision: a4f2086b9d17
-- down_revision: 7d1ab94c3e60
-- created: 2026-05-12 15:40:09 UTC

-- upgrade
ALTER TABLE job ADD COLUMN words bigint, ADD COLUMN worker text;
CREATE INDEX job_queued ON job (id) WHERE state = 'queued';

-- downgrade
DROP INDEX job_queued;
ALTER TABLE job DROP COLUMN words, DROP COLUMN worker;
