//! The tables of the database, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

#[derive(DbEnum)]
#[db_enum(name = "job_state", rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Done,
    Failed,
}

#[derive(Table)]
#[table(name = "job")]
#[table(index(columns(id), name = "job_queued", where = "state = 'queued'::job_state"))]
pub struct Job {
    #[column(primary_key, identity = "always")]
    pub id: i64,
    pub text: String,
    #[column(default = "'queued'::job_state")]
    pub state: JobState,
    #[column(default = "now()")]
    pub created: std::time::SystemTime,
    pub words: Option<i64>,
    pub worker: Option<String>,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Job,
];
