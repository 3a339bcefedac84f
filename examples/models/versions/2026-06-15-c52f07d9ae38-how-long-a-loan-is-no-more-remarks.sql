-- how long a loan is, no more remarks
--
-- revision: c52f07d9ae38
-- down_revision: 8d40e2b6c715
-- created: 2026-06-15 09:00:00 UTC
-- breaking: drops remarks

-- upgrade (sqlite)
ALTER TABLE loans ADD COLUMN days INTEGER NOT NULL DEFAULT 14 CONSTRAINT ck_loans_days CHECK (days > 0);

-- This loses the rows of remarks.
DROP TABLE remarks;

-- upgrade (postgres)
ALTER TABLE loans ADD COLUMN days integer NOT NULL DEFAULT 14;

-- Fails if there are rows of loans that ck_loans_days refuses:
--   SELECT * FROM loans WHERE NOT (days > 0);
-- Two steps: the first holds for new rows at once. If the table is big, move the second to the next
-- revision, so that writers don't wait while the rows are read.
ALTER TABLE loans ADD CONSTRAINT ck_loans_days CHECK (days > 0) NOT VALID;
ALTER TABLE loans VALIDATE CONSTRAINT ck_loans_days;

-- This loses the rows of remarks.
DROP TABLE remarks;

-- downgrade (sqlite, foreign keys off)
-- remarks comes back without its rows.
CREATE TABLE remarks (
    id INTEGER CONSTRAINT pk_remarks PRIMARY KEY,
    member_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT fk_remarks_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
);

-- loans is made anew, because SQLite can't change it in place: `days` can't be dropped in place, a
-- check goes.
-- This loses the values of loans.days.
CREATE TABLE loans_new (
    id INTEGER CONSTRAINT pk_loans PRIMARY KEY,
    tool_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    returned_at TEXT,
    CONSTRAINT fk_loans_member_id FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id)
);
INSERT INTO loans_new (id, tool_id, member_id, returned_at)
SELECT id, tool_id, member_id, returned_at
FROM loans;
DROP TABLE loans;
ALTER TABLE loans_new RENAME TO loans;
CREATE INDEX ix_loans_tool_id ON loans (tool_id);

-- downgrade (postgres)
ALTER TABLE loans DROP CONSTRAINT ck_loans_days;

-- remarks comes back without its rows.
CREATE TABLE remarks (
    id bigint NOT NULL,
    member_id bigint NOT NULL,
    text text NOT NULL,
    CONSTRAINT pk_remarks PRIMARY KEY (id),
    CONSTRAINT fk_remarks_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
);

-- This loses the values of loans.days.
ALTER TABLE loans DROP COLUMN days;
