//! sqlx 0.8 with PostgreSQL.

#[path = "postgres.rs"]
mod postgres;

use std::borrow::Cow;

use ::sqlx_postgres_0_8::PgConnection;

use crate::driver::{Connector, Connectors, Raw};

/// What of the facade is used; it can stand in a manifest only once, and does for SQLite.
mod sqlx {
    pub(super) use ::sqlx_core_0_8::column::Column;
    pub(super) use ::sqlx_core_0_8::connection::Connection;
    pub(super) use ::sqlx_core_0_8::database::Database;
    pub(super) use ::sqlx_core_0_8::error::Error;
    pub(super) use ::sqlx_core_0_8::executor::Executor;
    pub(super) use ::sqlx_core_0_8::raw_sql::{RawSql, raw_sql};
    pub(super) use ::sqlx_core_0_8::row::Row;
    pub(super) use ::sqlx_core_0_8::transaction::TransactionManager;
    pub(super) use ::sqlx_core_0_8::type_info::TypeInfo;
    pub(super) use ::sqlx_core_0_8::value::ValueRef;
    pub(super) use ::sqlx_postgres_0_8 as postgres;
}

fn raw_sql(sql: &str) -> sqlx::RawSql<'_> {
    sqlx::raw_sql(sql)
}

fn statement(sql: &str) -> Cow<'static, str> {
    Cow::Owned(sql.to_owned())
}

fn raw(connection: &mut PgConnection) -> Raw<'_> {
    Raw::Sqlx08Postgres(connection)
}

fn connector(connectors: &mut Connectors) -> &mut Option<Connector<PgConnection>> {
    &mut connectors.sqlx_0_8_postgres
}
