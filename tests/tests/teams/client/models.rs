//! What an instance keeps, in the last release of the package and in the next one.

use migrate_runtime::{Schema, schema};

pub(crate) static LAST: Schema = schema![last::Artifact];
pub(crate) static NEXT: Schema = schema![next::Artifact, next::Label];

mod last {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "artifacts")]
    pub(super) struct Artifact {
        #[column(primary_key, identity)]
        id: i64,
        key: String,
    }
}

mod next {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "artifacts")]
    pub(super) struct Artifact {
        #[column(primary_key, identity)]
        id: i64,
        key: String,
        size: Option<i64>,
    }

    #[derive(Table)]
    #[table(name = "labels")]
    pub(super) struct Label {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "artifacts.id", on_delete = "cascade", index)]
        artifact_id: i64,
        name: String,
    }
}
