-- first release
--
-- revision: 3f1c9a7e20b4
-- down_revision: none
-- created: 2026-03-02 09:00:00 UTC

-- upgrade (sqlite)
CREATE TABLE members (
    id INTEGER CONSTRAINT pk_members PRIMARY KEY,
    name TEXT NOT NULL,
    mail TEXT NOT NULL,
    CONSTRAINT uq_members_mail UNIQUE (mail)
);

CREATE TABLE remarks (
    id INTEGER CONSTRAINT pk_remarks PRIMARY KEY,
    member_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT fk_remarks_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE TABLE tools (
    id INTEGER CONSTRAINT pk_tools PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE loans (
    id INTEGER CONSTRAINT pk_loans PRIMARY KEY,
    tool_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    returned_at TEXT,
    CONSTRAINT fk_loans_member_id FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id)
);
CREATE INDEX ix_loans_tool_id ON loans (tool_id);

-- upgrade (postgres)
CREATE TABLE members (
    id bigint NOT NULL,
    name text NOT NULL,
    mail text NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT uq_members_mail UNIQUE (mail)
);

CREATE TABLE remarks (
    id bigint NOT NULL,
    member_id bigint NOT NULL,
    text text NOT NULL,
    CONSTRAINT pk_remarks PRIMARY KEY (id),
    CONSTRAINT fk_remarks_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE TABLE tools (
    id bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_tools PRIMARY KEY (id)
);

CREATE TABLE loans (
    id bigint NOT NULL,
    tool_id bigint NOT NULL,
    member_id bigint NOT NULL,
    returned_at text,
    CONSTRAINT pk_loans PRIMARY KEY (id),
    CONSTRAINT fk_loans_member_id FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id)
);
CREATE INDEX ix_loans_tool_id ON loans (tool_id);

-- downgrade
-- This loses the rows of loans.
DROP TABLE loans;

-- This loses the rows of tools.
DROP TABLE tools;

-- This loses the rows of remarks.
DROP TABLE remarks;

-- This loses the rows of members.
DROP TABLE members;
