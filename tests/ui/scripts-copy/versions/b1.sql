-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
\restrict abc
CREATE TABLE note (id integer);
\unrestrict abc

-- downgrade: nothing
