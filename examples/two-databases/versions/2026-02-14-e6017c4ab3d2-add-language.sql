-- add language
--
-- A plain section serves both databases.
--
-- revision: e6017c4ab3d2
-- down_revision: 5be20d9f8a16
-- created: 2026-02-14 09:50:27 UTC

-- upgrade
ALTER TABLE entry ADD COLUMN language VARCHAR(8) NOT NULL DEFAULT 'en';

-- downgrade
ALTER TABLE entry DROP COLUMN language;
