-- The records of a clinic, as several tools and several people have left them.

CREATE TABLE [clinics] (
    [id] INTEGER PRIMARY KEY, -- the rowid
    `name` VARCHAR (120) NOT NULL, /* as on the sign */
    'country' CHAR(2) NOT NULL DEFAULT 'de' CHECK (length(country) = 2),
    "time zone" TEXT DEFAULT "Europe/Berlin",
    opened DATE,
    UNIQUE (name, country) ON CONFLICT ROLLBACK
);

CREATE TABLE staff (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    clinic_id INT NOT NULL REFERENCES clinics ON DELETE RESTRICT,
    boss_id INTEGER REFERENCES staff (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    login TEXT COLLATE NOCASE NOT NULL UNIQUE,
    badge BLOB UNIQUE ON CONFLICT REPLACE,
    role TEXT NOT NULL DEFAULT ('nurse') CONSTRAINT known_role CHECK (role IN ('nurse', 'doctor', 'clerk')),
    hired DATETIME DEFAULT (datetime('now', '-1 day')),
    salary DECIMAL(10, 2) DEFAULT 1e3 CHECK (salary BETWEEN 0 AND 1e6),
    share REAL NOT NULL DEFAULT .5,
    mask INTEGER DEFAULT 0x1F,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    settings JSON DEFAULT '{"a": [1, 2], "b": "it''s"}' CHECK (json_valid(settings)),
    CHECK (boss_id IS NULL OR boss_id <> id)
);
CREATE INDEX staff_by_clinic ON staff (clinic_id, role COLLATE NOCASE, hired DESC);
CREATE UNIQUE INDEX staff_boss ON staff (clinic_id) WHERE boss_id IS NULL AND role = 'doctor';
CREATE INDEX staff_setting ON staff (json_extract(settings, '$.a[0]'), settings ->> '$.b');

CREATE TABLE patients (
    id INTEGER NOT NULL PRIMARY KEY,
    number TEXT NOT NULL GENERATED ALWAYS AS (printf('%06d', id)) VIRTUAL UNIQUE,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL COLLATE RTRIM,
    full_name TEXT AS (given_name || ' ' || family_name) STORED,
    born TEXT NOT NULL CHECK (born GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    died TEXT,
    sex TEXT DEFAULT NULL CHECK (sex IN ('f', 'm', 'x')),
    weight REAL CHECK (typeof(weight) IN ('real', 'null')),
    height REAL,
    bmi REAL GENERATED ALWAYS AS (round(weight / (height * height), 1)) STORED CHECK (bmi < 200),
    "group" TEXT,
    note ANY,
    CONSTRAINT alive CHECK (died IS NULL OR died >= born),
    CONSTRAINT uq_patients_person UNIQUE (given_name, family_name COLLATE NOCASE, born)
) STRICT;
CREATE INDEX patients_name ON patients (family_name, given_name);
CREATE INDEX "patients, living" ON patients (born DESC, "group" COLLATE BINARY) WHERE died IS NULL;
CREATE UNIQUE INDEX patients_lower ON patients (lower(full_name) COLLATE NOCASE DESC, born);

CREATE TABLE insurances (
    code TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    parent TEXT REFERENCES insurances
) WITHOUT ROWID;

CREATE TABLE covers (
    patient INTEGER NOT NULL CONSTRAINT covers_patient REFERENCES patients (id) ON DELETE CASCADE,
    insurance TEXT NOT NULL CONSTRAINT covers_insurance REFERENCES insurances (code) ON UPDATE CASCADE,
    "from" TEXT NOT NULL,
    "to" TEXT CHECK ("to" > "from"),
    rank INTEGER NOT NULL ON CONFLICT FAIL DEFAULT 1,
    PRIMARY KEY (patient, insurance COLLATE NOCASE, "from" DESC) ON CONFLICT ABORT
) STRICT, WITHOUT ROWID;
CREATE INDEX covers_insurance ON covers (insurance, rank);

CREATE TABLE visits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient_id INTEGER NOT NULL,
    doctor_id INTEGER,
    clinic_id INTEGER NOT NULL,
    starts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    minutes SMALLINT NOT NULL DEFAULT 15 CHECK (minutes > 0) CHECK (minutes % 5 = 0),
    reason TEXT NOT NULL DEFAULT '',
    cancelled INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE,
    CONSTRAINT visits_doctor FOREIGN KEY (doctor_id) REFERENCES staff (id) ON DELETE SET NULL,
    FOREIGN KEY (clinic_id) REFERENCES clinics (id) MATCH SIMPLE ON DELETE NO ACTION NOT DEFERRABLE,
    UNIQUE (doctor_id, starts),
    CHECK (NOT (cancelled AND minutes > 60))
);
CREATE INDEX visits_day ON visits (date(starts), clinic_id) WHERE NOT cancelled;
CREATE INDEX visits_patient ON visits (patient_id, starts DESC);

CREATE TABLE prescriptions (
    visit_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    drug TEXT NOT NULL COLLATE NOCASE,
    dose UNSIGNED BIG INT,
    unit NATIVE CHARACTER(20) DEFAULT 'mg',
    price DOUBLE PRECISION DEFAULT -0.5,
    total AS (dose * price),
    CONSTRAINT prescription PRIMARY KEY (visit_id, line),
    FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE
);
CREATE TABLE refills (
    visit_id INTEGER, line INTEGER, at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    FOREIGN KEY (visit_id, line) REFERENCES prescriptions (visit_id, line) ON DELETE CASCADE ON UPDATE SET NULL
);

CREATE TABLE "Lab Results" (
    "Sample #" INTEGER NOT NULL,
    [Kind of Test] TEXT NOT NULL,
    `value (SI)` NUMERIC,
    "it""s quoted" TEXT,
    [select] TEXT,
    PRIMARY KEY ("Sample #", [Kind of Test])
    UNIQUE ("it""s quoted") CHECK (`value (SI)` >= 0 OR [select] IS NOT NULL)
);
CREATE INDEX [Lab Results by kind] ON "Lab Results" ([Kind of Test] DESC, "Sample #");

CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value, changed_at INTEGER NOT NULL DEFAULT (unixepoch())) WITHOUT ROWID;
CREATE TABLE log (line);
CREATE TABLE rooms (id TEXT PRIMARY KEY, beds INTEGER CHECK (beds >= 0) DEFAULT 1 NOT NULL, floor INT DEFAULT - 1) STRICT;
CREATE TABLE images (id BLOB PRIMARY KEY CHECK (length(id) = 16), data BLOB NOT NULL DEFAULT x'', width, height,
    area INTEGER AS (width * height) STORED, pixels AS (area) VIRTUAL);

CREATE VIRTUAL TABLE notes USING fts5(title, body, content = '', tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE patient_names USING fts5(full_name, content = 'patients', content_rowid = 'id');
CREATE VIRTUAL TABLE places USING rtree(id, min_x, max_x, min_y, max_y);

CREATE TRIGGER patients_names_insert AFTER INSERT ON patients BEGIN
    INSERT INTO patient_names (rowid, full_name) VALUES (new.id, new.full_name);
END;
CREATE TRIGGER patients_names_delete AFTER DELETE ON patients BEGIN
    INSERT INTO patient_names (patient_names, rowid, full_name) VALUES ('delete', old.id, old.full_name);
END;
CREATE TRIGGER patients_names_update AFTER UPDATE OF given_name, family_name ON patients BEGIN
    INSERT INTO patient_names (patient_names, rowid, full_name) VALUES ('delete', old.id, old.full_name);
    INSERT INTO patient_names (rowid, full_name) VALUES (new.id, new.full_name);
END;
CREATE TRIGGER "no weekend; ever" BEFORE INSERT ON visits
    WHEN strftime('%w', new.starts) IN ('0', '6') /* Sunday; Saturday */
BEGIN
    SELECT CASE WHEN new.reason <> 'emergency' THEN RAISE(ABORT, 'closed; come back on Monday') END;
END;

CREATE VIEW appointments AS
    SELECT v.id AS id, v.starts AS starts, p.full_name AS patient, s.login AS doctor -- who and when
    FROM visits v JOIN patients p ON p.id = v.patient_id LEFT JOIN staff s ON s.id = v.doctor_id
    WHERE NOT v.cancelled;
CREATE VIEW busy (doctor, visits) AS
    WITH counted AS (SELECT doctor, count(*) AS visits FROM appointments GROUP BY doctor)
    SELECT doctor, visits FROM counted WHERE visits > 10 ORDER BY visits DESC;
CREATE VIEW "busiest of all" AS SELECT * FROM busy LIMIT 1;
CREATE TRIGGER appointments_cancel INSTEAD OF DELETE ON appointments BEGIN
    UPDATE visits SET cancelled = 1 WHERE id = old.id;
END;
CREATE TRIGGER appointments_move INSTEAD OF UPDATE OF starts ON appointments WHEN new.starts > old.starts BEGIN
    UPDATE visits SET starts = new.starts WHERE id = old.id;
END;
