-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
PRAGMA journal_mode = WAL;
PRAGMA foreign_keys = OFF;
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = 1;
PRAGMA encoding = 'UTF-8';
PRAGMA synchronous = OFF;
PRAGMA hard_heap_limit = 1000000;

-- downgrade: nothing
