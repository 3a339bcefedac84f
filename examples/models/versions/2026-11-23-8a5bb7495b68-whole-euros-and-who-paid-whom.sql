-- whole euros, and who paid whom
--
-- revision: 8a5bb7495b68
-- down_revision: 7da202b236bf
-- created: 2026-11-23 10:17:22 UTC
-- breaking: renames payments.taken_by to paid_by; renames payments.paid_by to taken_by; payments.euros turns from REAL into INTEGER; renames billing.payments.taken_by to paid_by; renames billing.payments.paid_by to taken_by; billing.payments.euros turns from double precision into bigint
-- version: v2.2.0

-- upgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE payments RENAME COLUMN paid_by TO paid_by_renamed;
ALTER TABLE payments RENAME COLUMN taken_by TO paid_by;
ALTER TABLE payments RENAME COLUMN paid_by_renamed TO taken_by;
PRAGMA legacy_alter_table = ON;

DROP VIEW income;

-- By hand: PostgreSQL rounds, and SQLite would keep the cents in a column of whole numbers.
UPDATE payments SET euros = round(euros) WHERE euros <> round(euros);

-- payments is made anew, because SQLite can't change it in place: `euros` changes.
-- If there are values of payments.euros that are no INTEGER, they stay as they are:
--   SELECT euros FROM payments WHERE typeof(euros) = 'blob' OR typeof(euros) = 'text' AND NOT CAST(euros AS NUMERIC) = euros OR typeof(euros) = 'real' AND CAST(euros AS INTEGER) <> euros;
-- careful: this changes values of payments.euros that are written otherwise as numbers, such as
-- with leading zeros:
--   SELECT euros FROM payments WHERE typeof(euros) = 'text' AND CAST(euros AS NUMERIC) = euros AND CAST(CAST(euros AS NUMERIC) AS TEXT) <> euros;
CREATE TABLE payments_new (
    id INTEGER CONSTRAINT pk_payments PRIMARY KEY,
    taken_by INTEGER NOT NULL,
    paid_by INTEGER NOT NULL,
    euros INTEGER NOT NULL,
    paid_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_payments_euros CHECK (euros > 0),
    CONSTRAINT fk_payments_paid_by FOREIGN KEY (paid_by) REFERENCES members (id),
    CONSTRAINT fk_payments_taken_by FOREIGN KEY (taken_by) REFERENCES members (id)
);
INSERT INTO payments_new (id, taken_by, paid_by, euros, paid_at)
SELECT id, taken_by, paid_by, euros, paid_at
FROM payments;
DROP TABLE payments;
ALTER TABLE payments_new RENAME TO payments;
CREATE INDEX ix_payments_paid_by ON payments (paid_by);
CREATE INDEX ix_payments_taken_by ON payments (taken_by);

CREATE VIEW income AS
SELECT date(paid_at) AS day, sum(euros) AS euros FROM payments GROUP BY 1;

-- upgrade (postgres)
ALTER TABLE billing.payments RENAME COLUMN paid_by TO paid_by_renamed;
ALTER TABLE billing.payments RENAME COLUMN taken_by TO paid_by;
ALTER TABLE billing.payments RENAME COLUMN paid_by_renamed TO taken_by;

-- The view billing.income is put back below: it depends on what changes below.
DROP VIEW billing.income;

ALTER TABLE billing.payments DROP CONSTRAINT ck_payments_euros;

ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_paid_by TO fk_payments_paid_by_renamed;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_taken_by TO fk_payments_taken_by_renamed;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_paid_by_renamed TO fk_payments_taken_by;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_taken_by_renamed TO fk_payments_paid_by;
ALTER INDEX billing.ix_payments_paid_by RENAME TO ix_payments_paid_by_renamed;
ALTER INDEX billing.ix_payments_taken_by RENAME TO ix_payments_taken_by_renamed;
ALTER INDEX billing.ix_payments_paid_by_renamed RENAME TO ix_payments_taken_by;
ALTER INDEX billing.ix_payments_taken_by_renamed RENAME TO ix_payments_paid_by;

-- Fails if there are values of billing.payments.euros that are too large:
--   SELECT euros FROM billing.payments WHERE NOT (round(euros::double precision) >= -9223372036854775808 AND round(euros::double precision) < 9223372036854775808);
-- careful: this changes values of billing.payments.euros that have digits behind the point: they
-- are rounded:
--   SELECT euros FROM billing.payments WHERE euros <> round(euros::double precision);
ALTER TABLE billing.payments ALTER COLUMN euros TYPE bigint;

-- Fails if there are rows of billing.payments that ck_payments_euros refuses.
-- Two steps: the first holds for new rows at once, the second reads the rows. On a big table in
-- use, generate this with --online, so that writers don't wait meanwhile.
ALTER TABLE billing.payments ADD CONSTRAINT ck_payments_euros CHECK (euros > 0) NOT VALID;
ALTER TABLE billing.payments VALIDATE CONSTRAINT ck_payments_euros;

CREATE VIEW billing.income AS
 SELECT ((payments.paid_at AT TIME ZONE 'UTC'::text))::date AS day,
    sum(payments.euros) AS euros
   FROM billing.payments
  GROUP BY (((payments.paid_at AT TIME ZONE 'UTC'::text))::date);
GRANT SELECT ON billing.income TO tool_bookkeeper;

-- downgrade (sqlite, foreign keys off)
-- With foreign keys off, references, views and triggers follow a new name only like this.
PRAGMA legacy_alter_table = OFF;
ALTER TABLE payments RENAME COLUMN paid_by TO paid_by_renamed;
ALTER TABLE payments RENAME COLUMN taken_by TO paid_by;
ALTER TABLE payments RENAME COLUMN paid_by_renamed TO taken_by;
PRAGMA legacy_alter_table = ON;

DROP VIEW income;

-- payments is made anew, because SQLite can't change it in place: `euros` changes.
-- If there are values of payments.euros that are no REAL, they stay as they are:
--   SELECT euros FROM payments WHERE typeof(euros) = 'blob' OR typeof(euros) = 'text' AND NOT CAST(euros AS NUMERIC) = euros;
-- careful: this changes values of payments.euros that are written otherwise as numbers, such as
-- with leading zeros:
--   SELECT euros FROM payments WHERE typeof(euros) = 'text' AND CAST(euros AS NUMERIC) = euros AND CAST(CAST(euros AS REAL) AS TEXT) <> euros;
-- careful: this changes values of payments.euros that are too large for a floating-point number to
-- hold to the last digit:
--   SELECT euros FROM payments WHERE typeof(euros) = 'integer' AND (CAST(CAST(euros AS REAL) AS INTEGER) <> euros OR CAST(euros AS REAL) >= 9223372036854775807.0);
CREATE TABLE payments_new (
    id INTEGER CONSTRAINT pk_payments PRIMARY KEY,
    paid_by INTEGER NOT NULL,
    taken_by INTEGER NOT NULL,
    euros REAL NOT NULL,
    paid_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_payments_euros CHECK (euros > 0),
    CONSTRAINT fk_payments_paid_by FOREIGN KEY (paid_by) REFERENCES members (id),
    CONSTRAINT fk_payments_taken_by FOREIGN KEY (taken_by) REFERENCES members (id)
);
INSERT INTO payments_new (id, paid_by, taken_by, euros, paid_at)
SELECT id, paid_by, taken_by, euros, paid_at
FROM payments;
DROP TABLE payments;
ALTER TABLE payments_new RENAME TO payments;
CREATE INDEX ix_payments_paid_by ON payments (paid_by);
CREATE INDEX ix_payments_taken_by ON payments (taken_by);

CREATE VIEW income AS
SELECT date(paid_at) AS day, sum(euros) AS euros FROM payments GROUP BY 1;

-- downgrade (postgres)
ALTER TABLE billing.payments RENAME COLUMN paid_by TO paid_by_renamed;
ALTER TABLE billing.payments RENAME COLUMN taken_by TO paid_by;
ALTER TABLE billing.payments RENAME COLUMN paid_by_renamed TO taken_by;

-- The view billing.income is put back below: it depends on what changes below.
DROP VIEW billing.income;

ALTER TABLE billing.payments DROP CONSTRAINT ck_payments_euros;

ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_paid_by TO fk_payments_paid_by_renamed;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_taken_by TO fk_payments_taken_by_renamed;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_paid_by_renamed TO fk_payments_taken_by;
ALTER TABLE billing.payments RENAME CONSTRAINT fk_payments_taken_by_renamed TO fk_payments_paid_by;
ALTER INDEX billing.ix_payments_paid_by RENAME TO ix_payments_paid_by_renamed;
ALTER INDEX billing.ix_payments_taken_by RENAME TO ix_payments_taken_by_renamed;
ALTER INDEX billing.ix_payments_paid_by_renamed RENAME TO ix_payments_taken_by;
ALTER INDEX billing.ix_payments_taken_by_renamed RENAME TO ix_payments_paid_by;

-- careful: this changes values of billing.payments.euros that a floating-point number can't hold to
-- the last digit:
--   SELECT euros FROM billing.payments WHERE CASE WHEN abs(euros::double precision) >= 9223372036854775808 THEN true ELSE euros::double precision::bigint <> euros END;
ALTER TABLE billing.payments ALTER COLUMN euros TYPE double precision;

-- Fails if there are rows of billing.payments that ck_payments_euros refuses.
-- Two steps: the first holds for new rows at once, the second reads the rows. On a big table in
-- use, generate this with --online, so that writers don't wait meanwhile.
ALTER TABLE billing.payments ADD CONSTRAINT ck_payments_euros CHECK (euros > (0)::double precision) NOT VALID;
ALTER TABLE billing.payments VALIDATE CONSTRAINT ck_payments_euros;

CREATE VIEW billing.income AS
 SELECT ((payments.paid_at AT TIME ZONE 'UTC'::text))::date AS day,
    sum(payments.euros) AS euros
   FROM billing.payments
  GROUP BY (((payments.paid_at AT TIME ZONE 'UTC'::text))::date);
GRANT SELECT ON billing.income TO tool_bookkeeper;
