-- create visits
--
-- revision: 2c7ef0d5b981
-- down_revision: none
-- created: 2026-01-15 13:30:00 UTC

-- upgrade
CREATE TABLE visit (
    page text PRIMARY KEY,
    seen bigint NOT NULL
);

-- downgrade
DROP TABLE visit;
