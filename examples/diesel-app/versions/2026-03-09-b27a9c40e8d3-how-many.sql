-- how many are wanted
--
-- revision: b27a9c40e8d3
-- down_revision: 6d0b5e7f91a4
-- created: 2026-03-09 18:20:00 UTC

-- upgrade
ALTER TABLE item ADD COLUMN wanted INTEGER NOT NULL DEFAULT 1;

-- downgrade
ALTER TABLE item DROP COLUMN wanted;
