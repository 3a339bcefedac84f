-- a1
--
-- revision: a1
-- down_revision: none
-- created: 2026-11-20 10:02:11 UTC

-- upgrade (sqlite)
CREATE TABLE orgs (
    id INTEGER CONSTRAINT pk_orgs PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE users (
    id INTEGER CONSTRAINT pk_users PRIMARY KEY,
    mail TEXT NOT NULL,
    org_id INTEGER NOT NULL,
    nickname TEXT,
    CONSTRAINT fk_users_org_id FOREIGN KEY (org_id) REFERENCES orgs (id)
);

-- upgrade (postgres)
CREATE TABLE orgs (
    id bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_orgs PRIMARY KEY (id)
);

CREATE TABLE users (
    id bigint NOT NULL,
    mail text NOT NULL,
    org_id bigint NOT NULL,
    nickname text,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT fk_users_org_id FOREIGN KEY (org_id) REFERENCES orgs (id)
);

-- downgrade
-- This loses the rows of users.
DROP TABLE users;

-- This loses the rows of orgs.
DROP TABLE orgs;
