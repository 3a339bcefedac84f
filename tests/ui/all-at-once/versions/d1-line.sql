-- fourth
-- revision: d1
-- down_revision: c1

-- upgarde
SELECT 1;
