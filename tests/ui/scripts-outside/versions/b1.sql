-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
VACUUM note;
ALTER SYSTEM SET work_mem = '1MB';
CREATE DATABASE app;

-- downgrade: nothing
