-- create f1
--
-- revision: f1
-- down_revision: d1, e1

