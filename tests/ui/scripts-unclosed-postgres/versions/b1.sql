-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade
DO $body$
BEGIN
  NULL;
END $bdy$;

-- downgrade: nothing
