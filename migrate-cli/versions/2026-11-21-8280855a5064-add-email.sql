-- add email
--
-- revision: 8280855a5064
-- down_revision: cb3cf47d9259
-- created: 2026-11-21 09:14:50 UTC

-- upgrade
ALTER TABLE users ADD COLUMN email TEXT;

-- downgrade
ALTER TABLE users DROP COLUMN email;
