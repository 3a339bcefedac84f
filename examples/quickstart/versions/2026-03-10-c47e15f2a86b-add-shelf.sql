-- add shelf
--
-- Written on a branch while `log movements` was written on another: both stand on the same revision.
--
-- revision: c47e15f2a86b
-- down_revision: 1f0c2a9be4d1
-- created: 2026-03-10 09:02:31 UTC

-- upgrade
ALTER TABLE item ADD COLUMN shelf TEXT NOT NULL DEFAULT '';

-- downgrade
ALTER TABLE item DROP COLUMN shelf;
