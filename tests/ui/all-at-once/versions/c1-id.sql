-- third
-- revison: c1
-- down_revision: b2

-- upgrade
SELECT 1;
-- downgrade
SELECT 2
;BEGIN;
