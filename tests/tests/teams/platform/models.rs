//! The platform's tables, as two releases have them.

use migrate_runtime::{Schema, Table, schema};

pub(crate) static EXPERIMENTS: Schema = schema![Dataset, Experiment];
pub(crate) static JOBS: Schema = schema![Dataset, Experiment, Job];

#[derive(Table)]
#[table(name = "datasets")]
struct Dataset {
    #[column(primary_key)]
    id: i32,
    name: String,
}

#[derive(Table)]
#[table(name = "experiments")]
struct Experiment {
    #[column(primary_key)]
    id: i32,
    #[column(references = "datasets.id", index)]
    dataset_id: i32,
    name: String,
}

#[derive(Table)]
#[table(name = "jobs")]
struct Job {
    #[column(primary_key)]
    id: i32,
    #[column(references = "experiments.id", index)]
    experiment_id: i32,
    #[column(default = false)]
    is_done: bool,
}
