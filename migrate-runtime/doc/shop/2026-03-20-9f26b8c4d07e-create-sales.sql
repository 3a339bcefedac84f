-- create sales
--
-- revision: 9f26b8c4d07e
-- down_revision: none
-- created: 2026-03-20 09:14:52 UTC

-- upgrade
CREATE TABLE sales (id INTEGER PRIMARY KEY, what TEXT NOT NULL);

-- downgrade
DROP TABLE sales;
