#![deny(warnings, unused, clippy::all, clippy::pedantic)]
#![no_implicit_prelude]
#![allow(non_camel_case_types, unused_macros, dead_code)]

mod core {}
mod std {}
mod migrate_runtime {}
mod tables {
    struct Result;
    struct Option;
    struct Some;
    struct None;
    struct str;
    struct Table;
    struct TableDef;
    const COLUMNS: () = ();
    macro_rules! compile_error { () => {} }

    #[derive(::migrate_runtime::Table)]
    #[table(name = "users", renamed_from = "accounts", comment = "c", strict, without_rowid,
            unique(columns(r#type), deferrable, nulls_not_distinct, on_conflict = "ignore"),
            foreign_key(columns(id, org), references = "t(a, b)", on_delete = "cascade", on_update = "set_null"),
            index(columns(id desc nulls_first, r#type collate "C" ops "text_ops"), unique, include(org),
                  nulls_not_distinct, method = "btree", only = "postgres", where = "id > 0", name = "ix"),
            check(expr(sqlite = "1", postgres = "true"), name = "ck"))]
    pub struct User {
        #[column(primary_key, renamed_from = "key", identity = "always")]
        id: i64,
        r#type: ::std::string::String,
        #[column(nullable, collate = "C", check = "org > 0", comment = "c", type(sqlite = "INT", postgres = "int"))]
        org: ::std::primitive::i64,
        #[column(default = -1)]
        mood: ::std::option::Option<Mood>,
        #[column(generated = "1", virtual)]
        sum: i32,
        #[column(skip)]
        cache: (),
    }

    #[derive(::migrate_runtime::DbEnum)]
    #[db_enum(name = "mood", renamed_from = "feeling", comment = "c", rename_all = "kebab-case")]
    pub enum Mood {
        r#Good,
        #[db_enum(name = "b", renamed_from = "c")]
        Bad,
    }
}

pub static SCHEMA: ::migrate_runtime::Schema =
    ::migrate_runtime::schema![tables::User; unmanaged = ["a", "b"]];

fn main() {
    ::std::assert_eq!(SCHEMA.tables[0].columns.len(), 5);
}
