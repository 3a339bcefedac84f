-- jobs can fail
--
-- PostgreSQL lets a new value be used only after a commit: the run is split here, and the next revision may use it.
--
-- revision: c98e51d70f2b
-- down_revision: a4f2086b9d17
-- created: 2026-06-01 12:26:30 UTC

-- upgrade
ALTER TYPE job_state ADD VALUE 'failed';

-- irreversible: PostgreSQL cannot take a value away from an enum
