//! The portal's tables, in three releases.

use migrate_runtime::{Schema, schema};

pub(crate) static FIRST: Schema = schema![first::Student];
pub(crate) static SECOND: Schema = schema![second::Student, second::Course];
pub(crate) static THIRD: Schema = schema![second::Student, second::Course, third::Enrolment];

mod first {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "students")]
    pub(super) struct Student {
        #[column(primary_key, identity)]
        id: i64,
        mail: String,
        name: String,
    }
}

mod second {
    use migrate_runtime::{DbEnum, Table};

    #[derive(DbEnum)]
    #[db_enum(name = "degree", rename_all = "snake_case")]
    #[allow(dead_code)]
    pub(super) enum Degree {
        Bachelor,
        Master,
    }

    #[derive(Table)]
    #[table(name = "students")]
    pub(super) struct Student {
        #[column(primary_key, identity)]
        id: i64,
        #[column(renamed_from = "mail", unique)]
        email: String,
        name: String,
        #[column(default = "'bachelor'")]
        degree: Degree,
    }

    #[derive(Table)]
    #[table(name = "courses")]
    pub(super) struct Course {
        #[column(primary_key, identity)]
        id: i64,
        title: String,
    }
}

mod third {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "enrolments", primary_key(student_id, course_id))]
    pub(super) struct Enrolment {
        #[column(references = "students.id", on_delete = "cascade")]
        student_id: i64,
        #[column(references = "courses.id", on_delete = "cascade", index)]
        course_id: i64,
    }
}
