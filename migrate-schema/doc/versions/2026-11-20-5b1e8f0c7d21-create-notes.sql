-- create notes
--
-- revision: 5b1e8f0c7d21
-- down_revision: none
-- created: 2026-11-20 10:02:11 UTC

-- upgrade
CREATE TABLE notes (
    id INTEGER NOT NULL,
    CONSTRAINT pk_notes PRIMARY KEY (id)
);

-- downgrade
DROP TABLE notes;
