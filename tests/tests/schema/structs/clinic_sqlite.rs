//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "Lab Results")]
#[table(primary_key(columns(sample, kind_of_test)))]
#[table(check(name = "ck_Lab Results_value (SI)_select", expr = r#""value (SI)" >= 0 OR "select" IS NOT NULL"#))]
#[table(index(columns(kind_of_test desc, sample), name = "Lab Results by kind"))]
pub struct LabResults {
    #[column(name = "Sample #")]
    pub sample: i64,
    #[column(name = "Kind of Test")]
    pub kind_of_test: String,
    #[column(name = "value (SI)", type = "NUMERIC")]
    pub value_si: Option<f64>,
    #[column(name = r#"it"s quoted"#, unique)]
    pub it_s_quoted: Option<String>,
    pub select: Option<String>,
}

#[derive(Table)]
#[table(name = "clinics")]
#[table(unique(columns(name, country), on_conflict = "rollback"))]
pub struct Clinics {
    #[column(primary_key)]
    pub id: i64,
    #[column(type = "VARCHAR(120)")]
    pub name: String,
    #[column(check = "length(country) = 2", type = "CHAR(2)", default = "'de'")]
    pub country: String,
    #[column(name = "time zone", default = "'Europe/Berlin'")]
    pub time_zone: Option<String>,
    #[column(type = "DATE")]
    pub opened: Option<String>,
}

#[derive(Table)]
#[table(name = "covers", strict, without_rowid)]
#[table(primary_key(columns(patient, insurance, from)))]
#[table(foreign_key(columns(insurance), references = "insurances(code)", name = "covers_insurance", on_update = "cascade"))]
#[table(foreign_key(columns(patient), references = "patients(id)", name = "covers_patient", on_delete = "cascade"))]
#[table(check(name = "ck_covers_to_from", expr = r#""to" > "from""#))]
#[table(index(columns(insurance, rank), name = "covers_insurance"))]
pub struct Covers {
    pub patient: i64,
    pub insurance: String,
    pub from: String,
    pub to: Option<String>,
    #[column(default = "1")]
    pub rank: i64,
}

#[derive(Table)]
#[table(name = "images")]
pub struct Images {
    #[column(primary_key, check = "length(id) = 16", nullable)]
    pub id: Vec<u8>,
    #[column(default = "X''")]
    pub data: Vec<u8>,
    #[column(type(sqlite = ""))]
    pub width: Option<Vec<u8>>,
    #[column(type(sqlite = ""))]
    pub height: Option<Vec<u8>>,
    #[column(generated = "width * height", stored)]
    pub area: Option<i64>,
    #[column(type(sqlite = ""), generated = "area", virtual)]
    pub pixels: Option<Vec<u8>>,
}

#[derive(Table)]
#[table(name = "insurances", without_rowid)]
pub struct Insurances {
    #[column(primary_key)]
    pub code: String,
    pub label: String,
    #[column(references = "insurances.code")]
    pub parent: Option<String>,
}

#[derive(Table)]
#[table(name = "log")]
pub struct Log {
    #[column(type(sqlite = ""))]
    pub line: Option<Vec<u8>>,
}

#[derive(Table)]
#[table(name = "patients", strict)]
#[table(unique(columns(given_name, family_name, born), name = "uq_patients_person"))]
#[table(check(name = "alive", expr = "died IS NULL OR died >= born"))]
#[table(index(columns(born desc, group), name = "patients, living", where = "died IS NULL"))]
#[table(index(columns(family_name, given_name), name = "patients_name"))]
pub struct Patients {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique, generated = "printf('%06d', id)", virtual)]
    pub number: String,
    pub given_name: String,
    #[column(collate = "RTRIM")]
    pub family_name: String,
    #[column(generated = "given_name || ' ' || family_name", stored)]
    pub full_name: Option<String>,
    #[column(check = "born GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'")]
    pub born: String,
    pub died: Option<String>,
    #[column(check = "sex IN ('f', 'm', 'x')")]
    pub sex: Option<String>,
    #[column(check = "typeof(weight) IN ('real', 'null')")]
    pub weight: Option<f64>,
    pub height: Option<f64>,
    #[column(check = "bmi < 200", generated = "round(weight / (height * height), 1)", stored)]
    pub bmi: Option<f64>,
    pub group: Option<String>,
    #[column(type = "ANY")]
    pub note: Option<String>,
}

#[derive(Table)]
#[table(name = "prescriptions")]
#[table(primary_key(columns(visit_id, line), name = "prescription"))]
pub struct Prescriptions {
    #[column(references = "visits.id", on_delete = "cascade")]
    pub visit_id: i64,
    pub line: i64,
    #[column(collate = "NOCASE")]
    pub drug: String,
    #[column(type = "UNSIGNED BIG INT")]
    pub dose: Option<i64>,
    #[column(type = "NATIVE CHARACTER(20)", default = "'mg'")]
    pub unit: Option<String>,
    #[column(type = "DOUBLE PRECISION", default = "-0.5")]
    pub price: Option<f64>,
    #[column(type(sqlite = ""), generated = "dose * price", virtual)]
    pub total: Option<Vec<u8>>,
}

#[derive(Table)]
#[table(name = "refills")]
#[table(foreign_key(columns(visit_id, line), references = "prescriptions(visit_id, line)", on_delete = "cascade", on_update = "set null"))]
pub struct Refills {
    pub visit_id: Option<i64>,
    pub line: Option<i64>,
    #[column(default = "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")]
    pub at: Option<String>,
}

#[derive(Table)]
#[table(name = "rooms", strict)]
pub struct Rooms {
    #[column(primary_key)]
    pub id: String,
    #[column(check = "beds >= 0", default = "1")]
    pub beds: i64,
    #[column(type = "INT", default = "-1")]
    pub floor: Option<i64>,
}

#[derive(Table)]
#[table(name = "settings", without_rowid)]
pub struct Settings {
    #[column(primary_key)]
    pub key: String,
    #[column(type(sqlite = ""))]
    pub value: Option<Vec<u8>>,
    #[column(default = "(unixepoch())")]
    pub changed_at: i64,
}

#[derive(Table)]
#[table(name = "staff")]
#[table(unique(columns(badge), on_conflict = "replace"))]
#[table(check(name = "ck_staff_boss_id_id", expr = "boss_id IS NULL OR boss_id <> id"))]
#[table(check(name = "known_role", expr = "role IN ('nurse', 'doctor', 'clerk')"))]
#[table(index(columns(clinic_id), name = "staff_boss", unique, where = "boss_id IS NULL AND role = 'doctor'"))]
#[table(index(columns(clinic_id, role collate "NOCASE", hired desc), name = "staff_by_clinic"))]
#[table(index(expr = "json_extract(settings, '$.a[0]')", expr = "settings ->> '$.b'", name = "staff_setting"))]
pub struct Staff {
    #[column(primary_key, auto_increment)]
    pub id: i64,
    #[column(references = "clinics.id", on_delete = "restrict", type = "INT")]
    pub clinic_id: i64,
    #[column(references = "staff.id", on_delete = "set null", on_update = "cascade", deferrable = "initially deferred")]
    pub boss_id: Option<i64>,
    #[column(unique, collate = "NOCASE")]
    pub login: String,
    pub badge: Option<Vec<u8>>,
    #[column(default = "'nurse'")]
    pub role: String,
    #[column(type = "DATETIME", default = "(datetime('now', '-1 day'))")]
    pub hired: Option<String>,
    #[column(check = "salary BETWEEN 0 AND 1e6", type = "DECIMAL(10, 2)", default = "1e3")]
    pub salary: Option<f64>,
    #[column(default = ".5")]
    pub share: f64,
    #[column(default = "0x1f")]
    pub mask: Option<i64>,
    #[column(type = "BOOLEAN", default = "TRUE")]
    pub active: bool,
    #[column(check = "json_valid(settings)", type = "JSON", default = r#"'{"a": [1, 2], "b": "it''s"}'"#)]
    pub settings: Option<String>,
}

#[derive(Table)]
#[table(name = "visits")]
#[table(unique(columns(doctor_id, starts)))]
#[table(foreign_key(columns(doctor_id), references = "staff(id)", name = "visits_doctor", on_delete = "set null"))]
#[table(check(name = "ck_visits_cancelled_minutes", expr = "NOT (cancelled AND minutes > 60)"))]
#[table(check(name = "ck_visits_minutes_2", expr = "minutes > 0"))]
#[table(index(expr = "date(starts)", columns(clinic_id), name = "visits_day", where = "NOT cancelled"))]
#[table(index(columns(patient_id, starts desc), name = "visits_patient"))]
pub struct Visits {
    #[column(primary_key, auto_increment)]
    pub id: i64,
    #[column(references = "patients.id", on_delete = "cascade")]
    pub patient_id: i64,
    pub doctor_id: Option<i64>,
    #[column(references = "clinics.id")]
    pub clinic_id: i64,
    #[column(type = "TIMESTAMP", default = "CURRENT_TIMESTAMP")]
    pub starts: String,
    #[column(check = "minutes % 5 = 0", type = "SMALLINT", default = "15")]
    pub minutes: i64,
    #[column(default = "''")]
    pub reason: String,
    #[column(default = "0")]
    pub cancelled: i64,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Clinics,
    Covers,
    Images,
    Insurances,
    LabResults,
    Log,
    Patients,
    Prescriptions,
    Refills,
    Rooms,
    Settings,
    Staff,
    Visits,
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - NOT NULL ON CONFLICT FAIL rank of covers
// - DESC in a key from of covers
// - COLLATE NOCASE in a key insurance of covers
// - COLLATE NOCASE in a key family_name of patients
// - index patients_lower of patients
// - trigger patients_names_delete of patients
// - trigger patients_names_insert of patients
// - trigger patients_names_update of patients
// - trigger no weekend; ever of visits
// - virtual table notes
// - virtual table patient_names
// - virtual table places
// - view appointments
// - trigger appointments_cancel
// - trigger appointments_move
// - view busy
// - view busiest of all
