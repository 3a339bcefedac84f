-- second
-- revision: b1
-- down_revision: a1

-- upgrade
SELECT 1;
COMMIT;
