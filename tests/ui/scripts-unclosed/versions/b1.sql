-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
CREATE TABLE "note (id INTEGER);

-- downgrade: nothing
