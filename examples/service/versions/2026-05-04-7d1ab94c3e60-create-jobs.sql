-- create jobs
--
-- revision: 7d1ab94c3e60
-- down_revision: none
-- created: 2026-05-04 07:12:44 UTC

-- upgrade
CREATE TYPE job_state AS ENUM ('queued', 'done');

CREATE TABLE job (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text    text NOT NULL,
    state   job_state NOT NULL DEFAULT 'queued',
    created timestamptz NOT NULL DEFAULT now()
);

-- downgrade
DROP TABLE job;
DROP TYPE job_state;
