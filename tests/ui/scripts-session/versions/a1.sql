-- as old dumps begin
--
-- revision: a1
-- down_revision: none

-- upgrade
SET client_encoding = 'LATIN1';
SELECT pg_catalog.set_config('standard_conforming_strings', 'off', true);

-- downgrade (no transaction)
SET NAMES 'WIN1252';
