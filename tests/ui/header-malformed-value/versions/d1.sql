-- create d1
--
-- revision: d1
-- down_revision: a1
-- replaces: z1
-- fingerprint: 12
-- fingerprint (sqlite): 12

-- upgrade
CREATE TABLE d1 (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE d1;
