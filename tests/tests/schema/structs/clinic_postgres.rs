//! The tables of the database, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

#[derive(DbEnum)]
#[db_enum(name = "Visit State", comment = "how it went")]
pub enum VisitState {
    #[db_enum(name = "planned")]
    Planned,
    #[db_enum(name = "done")]
    Done,
    #[db_enum(name = "it's off")]
    ItSOff,
}

#[derive(DbEnum)]
#[db_enum(name = "sex", rename_all = "snake_case")]
pub enum Sex {
    F,
    M,
    X,
}

#[derive(Table)]
#[table(name = "Lab Results")]
#[table(primary_key(columns(sample, kind_of_test)))]
#[table(unique(columns(it_s_quoted), name = "it's a key"))]
#[table(check(name = "value; sane", expr = r#"("value (SI)" >= (0)::numeric) OR ("select" IS NOT NULL)"#))]
#[table(index(columns(kind_of_test desc), expr = r#""value (SI)" * (2)::numeric"#, name = "Lab Results by kind"))]
pub struct LabResults {
    #[column(name = "Sample #")]
    pub sample: i64,
    #[column(name = "Kind of Test")]
    pub kind_of_test: String,
    #[column(name = "value (SI)", type = "numeric")]
    pub value_si: Option<String>,
    #[column(name = r#"it"s quoted"#, comment = r#"it's "quoted""#)]
    pub it_s_quoted: Option<String>,
    pub select: Option<String>,
}

#[derive(Table)]
#[table(name = "audit")]
pub struct Audit {
    #[column(default = "clock_timestamp()")]
    pub at: std::time::SystemTime,
    #[column(type = "regclass")]
    pub relation: Option<String>,
    #[column(type = "jsonb")]
    pub old: Option<String>,
    #[column(type = "jsonb")]
    pub new: Option<String>,
}

#[derive(Table)]
#[table(name = "clinics", comment = r#"where it happens
in two lines"#)]
#[table(unique(columns(seat, opened), name = "one_seat", nulls_not_distinct))]
#[table(index(columns(hours, spot), name = "clinics_hours", method = "gist"))]
#[table(index(columns(net), name = "clinics_net", method = "spgist"))]
#[table(index(columns(opened), name = "clinics_opened", method = "brin"))]
#[table(index(columns(searched), name = "clinics_searched", method = "gin"))]
pub struct Clinics {
    #[column(primary_key, identity = "always")]
    pub id: i16,
    #[column(collate = "german")]
    pub name: String,
    #[column(type = "address")]
    pub seat: Option<String>,
    #[column(type = "address[]")]
    pub seats: Option<String>,
    #[column(check = "(array_length(phones, 1) IS NULL) OR (array_length(phones, 1) <= 5)", type = "text[]", default = "ARRAY[]::text[]")]
    pub phones: String,
    #[column(type = "integer[]", default = "'{{1,0,0},{0,1,0},{0,0,1}}'::integer[]")]
    pub grid: Option<String>,
    #[column(type = "percent")]
    pub share: Option<String>,
    #[column(type = "date", default = "'2000-01-01'::date")]
    pub opened: Option<String>,
    #[column(type = "tsrange")]
    pub hours: Option<String>,
    #[column(default = "'10.0.0.0/8'::inet", comment = r#"its "own" network"#)]
    pub net: Option<std::net::IpAddr>,
    #[column(type = "macaddr")]
    pub mac: Option<String>,
    #[column(type = "interval", default = "'02:00:00'::interval")]
    pub zone: Option<String>,
    #[column(type = "xml")]
    pub tag: Option<String>,
    #[column(type = "point", default = "'(0,0)'::point")]
    pub spot: Option<String>,
    #[column(type = "tsvector", generated = "to_tsvector('german'::regconfig, COALESCE(name, ''::text))", stored)]
    pub searched: Option<String>,
}

#[derive(Table)]
#[table(name = "counters")]
pub struct Counters {
    #[column(primary_key, type = "bigserial")]
    pub id: i64,
    #[column(type = "bigserial")]
    pub step: i64,
    pub plain: Option<i32>,
}

#[derive(Table)]
#[table(name = "patients")]
#[table(primary_key(columns(id), name = "patients_pk"))]
#[table(check(name = "alive", expr = "(died IS NULL) OR (died >= born)"))]
#[table(check(name = "number_checks", expr = "luhn(number) OR (case_number > 5)"))]
#[table(check(name = "sane", expr = r#"CASE
    WHEN (sex = ANY (ARRAY['f'::sex, 'm'::sex])) THEN (weight > (0)::double precision)
    ELSE true
END"#))]
#[table(index(columns(born desc, group nulls_first), name = "patients, living", where = "died IS NULL"))]
#[table(index(expr = "date_part('year'::text, (born)::timestamp without time zone)", name = "patients_age"))]
#[table(index(columns(family_name, given_name ops "text_pattern_ops"), name = "patients_name", include(born, group)))]
pub struct Patients {
    #[column(identity)]
    pub id: i64,
    #[column(generated = "lpad((id)::text, 6, '0'::text)", stored)]
    pub number: Option<String>,
    pub given_name: String,
    #[column(collate = "german")]
    pub family_name: String,
    #[column(generated = "(given_name || ' '::text) || family_name", stored)]
    pub full_name: Option<String>,
    #[column(type = "date")]
    pub born: String,
    #[column(type = "date")]
    pub died: Option<String>,
    #[column(default = "'x'::sex")]
    pub sex: Sex,
    #[column(type = "address")]
    pub home: Option<String>,
    pub weight: Option<f32>,
    pub height: Option<f32>,
    #[column(generated = "weight / (height * height)", stored)]
    pub bmi: Option<f32>,
    #[column(comment = "blood")]
    pub group: Option<String>,
    #[column(default = "nextval('case_numbers'::regclass)")]
    pub case_number: Option<i32>,
    #[column(type = "float_range")]
    pub temperatures: Option<String>,
}

#[derive(Table)]
#[table(name = "prescriptions")]
#[table(primary_key(columns(visit_id, line)))]
#[table(foreign_key(columns(visit_id), references = "visits(id)", name = "prescriptions_visit", on_delete = "cascade"))]
pub struct Prescriptions {
    pub visit_id: i64,
    #[column(type = "smallserial")]
    pub line: i16,
    pub drug: String,
    #[column(type = "numeric")]
    pub dose: Option<String>,
    #[column(type = "name", default = "'mg'::name")]
    pub unit: Option<String>,
    #[column(type = "money", default = "0")]
    pub price: Option<String>,
}

#[derive(Table)]
#[table(name = "refills")]
#[table(foreign_key(columns(visit_id, line), references = "prescriptions(visit_id, line)", name = "refills_line", on_delete = "set default", on_update = "cascade"))]
pub struct Refills {
    #[column(identity = "always")]
    pub id: i32,
    pub visit_id: Option<i64>,
    pub line: Option<i16>,
    #[column(type = "timestamp(0) with time zone", default = "CURRENT_TIMESTAMP(0)")]
    pub at: Option<String>,
    #[column(type = "date", default = "(CURRENT_DATE + 1)")]
    pub day: Option<String>,
    #[column(type = "name", default = "SESSION_USER")]
    pub by: Option<String>,
}

#[derive(Table)]
#[table(name = "renamed")]
#[table(primary_key(columns(id), name = "a_rename_pkey"))]
pub struct Renamed {
    #[column(type = "serial")]
    pub id: i32,
    pub name: Option<String>,
}

#[derive(Table)]
#[table(name = "staff")]
#[table(primary_key(columns(id), name = "staff_pk"))]
#[table(unique(columns(uid), name = "staff_uid", deferrable = "initially deferred"))]
#[table(foreign_key(columns(boss_id), references = "staff(id)", name = "staff_boss", on_delete = "set null", deferrable))]
#[table(foreign_key(columns(clinic_id), references = "clinics(id)", name = "staff_clinic", on_delete = "restrict", on_update = "cascade"))]
#[table(index(columns(clinic_id), name = "staff_chief", unique, nulls_not_distinct, where = "(boss_id IS NULL) AND (role = 'd'::bpchar)"))]
#[table(index(columns(badge), name = "staff_hash", method = "hash"))]
#[table(index(columns(settings ops "jsonb_path_ops"), name = "staff_settings", method = "gin"))]
pub struct Staff {
    #[column(type = "serial")]
    pub id: i32,
    #[column(type = "uuid", default = "gen_random_uuid()")]
    pub uid: String,
    pub clinic_id: i16,
    pub boss_id: Option<i32>,
    #[column(check = "(login)::text = lower((login)::text)", type = "character varying(40)")]
    pub login: String,
    #[column(type = "code")]
    pub badge: Option<String>,
    #[column(type = "character(1)", default = "'n'::bpchar")]
    pub role: String,
    #[column(type = "timestamp without time zone", default = "(now() AT TIME ZONE 'utc'::text)")]
    pub hired: String,
    #[column(check = "(salary >= (0)::numeric) AND (salary <= '1000000'::numeric)", type = "numeric(12,2)", default = "'1000'::numeric")]
    pub salary: Option<String>,
    #[column(default = "'NaN'::double precision")]
    pub share: Option<f64>,
    #[column(type = "bit(4)", default = r#"'0000'::"bit""#)]
    pub flags: String,
    #[column(type = "jsonb", default = r#"'{"a": [1, 2], "b": "it''s"}'::jsonb"#)]
    pub settings: String,
    #[column(default = r#"'\x00ff'::bytea"#)]
    pub secret: Option<Vec<u8>>,
    #[column(type = "text[]", default = r#"'{read,"write all"}'::text[]"#)]
    pub rights: Option<String>,
}

#[derive(Table)]
#[table(name = "visits")]
#[table(primary_key(columns(id), name = "visits_pk"))]
#[table(foreign_key(columns(clinic_id), references = "clinics(id)", name = "visits_clinic"))]
#[table(foreign_key(columns(doctor_id), references = "staff(id)", name = "visits_doctor", on_delete = "set null"))]
#[table(foreign_key(columns(patient_id), references = "patients(id)", name = "visits_patient", on_delete = "cascade"))]
#[table(check(name = "has_end", expr = "NOT upper_inf(during)"))]
#[table(check(name = "short", expr = "(minutes)::integer < 600"))]
#[table(index(expr = "lower(during)", columns(clinic_id), name = "visits_day", where = r#"state = 'planned'::"Visit State""#))]
pub struct Visits {
    #[column(type = "bigserial")]
    pub id: i64,
    pub patient_id: i64,
    pub doctor_id: Option<i32>,
    pub clinic_id: i16,
    #[column(type = "tstzrange")]
    pub during: String,
    #[column(default = r#"'planned'::"Visit State""#)]
    pub state: VisitState,
    #[column(default = r#"'{}'::"Visit State"[]"#)]
    pub states: Vec<VisitState>,
    #[column(type = "positive", default = "15")]
    pub minutes: Option<String>,
    #[column(default = "''::text")]
    pub reason: String,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Audit,
    Clinics,
    Counters,
    LabResults,
    Patients,
    Prescriptions,
    Refills,
    Renamed,
    Staff,
    Visits,
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - rule no_delete of audit
// - sequence (INCREMENT BY 10 MAXVALUE 30000 START WITH 10 CYCLE) id of clinics
// - storage (pages_per_range='32') clinics_opened of clinics
// - constraint clinics_name_key of clinics
// - sequence (AS integer) id of counters
// - sequence (INCREMENT BY -1 MINVALUE -1000 MAXVALUE -1 START WITH -1 CACHE 4) step of counters
// - row security patients of patients
// - policy patients_all of patients
// - policy patients_seen of patients
// - trigger patients_audit of patients
// - sequence (START WITH 7) id of refills
// - MATCH FULL refills_line of refills
// - index staff_login of staff
// - index staff_setting of staff
// - storage (fastupdate=off) staff_settings of staff
// - trigger staff_audit of staff
// - statistics staff_stats of staff
// - NOT VALID short of visits: the next revision that is generated validates it
// - constraint one_at_a_time of visits
// - trigger visits_audit of visits
// - domain positive
// - domain percent
// - domain code
// - type address
// - type float_range
// - sequence case_numbers
// - collation german
// - function luhn(digits text)
// - function age_at(born date, at date, OUT years integer)
// - function audited()
// - view appointments
// - view adults
// - view busy
// - view bosses
// - materialized view per_clinic
// - index per_clinic_id
// - index per_clinic_name
// - view biggest
// - function move()
// - function visits_of(p patients)
// - function first_visit(p bigint)
// - trigger appointments_move
