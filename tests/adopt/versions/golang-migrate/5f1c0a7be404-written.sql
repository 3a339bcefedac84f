-- written
--
-- revision: 5f1c0a7be404
-- down_revision: 5f1c0a7be303
-- adopts: 4

-- upgrade
INSERT INTO ran (step)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
SELECT 4 FROM n WHERE i = 300000;
ALTER TABLE notes ADD COLUMN written VARCHAR(30) NOT NULL DEFAULT '';

-- downgrade
ALTER TABLE notes DROP COLUMN written;
DELETE FROM ran WHERE step = 4;
