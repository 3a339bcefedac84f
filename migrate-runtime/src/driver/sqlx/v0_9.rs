//! sqlx 0.9 with PostgreSQL.

#[path = "postgres.rs"]
mod postgres;

use ::sqlx_postgres_0_9::PgConnection;

use self::sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use crate::driver::{Connector, Connectors, Raw};

/// What of the facade is used; it can stand in a manifest only once, and does for SQLite.
mod sqlx {
    pub(super) use ::sqlx_core_0_9::column::Column;
    pub(super) use ::sqlx_core_0_9::connection::Connection;
    pub(super) use ::sqlx_core_0_9::database::Database;
    pub(super) use ::sqlx_core_0_9::error::Error;
    pub(super) use ::sqlx_core_0_9::executor::Executor;
    pub(super) use ::sqlx_core_0_9::raw_sql::{RawSql, raw_sql};
    pub(super) use ::sqlx_core_0_9::row::Row;
    pub(super) use ::sqlx_core_0_9::sql_str::{AssertSqlSafe, SqlSafeStr, SqlStr};
    pub(super) use ::sqlx_core_0_9::transaction::TransactionManager;
    pub(super) use ::sqlx_core_0_9::type_info::TypeInfo;
    pub(super) use ::sqlx_core_0_9::value::ValueRef;
    pub(super) use ::sqlx_postgres_0_9 as postgres;
}

fn raw_sql(sql: &str) -> sqlx::RawSql {
    sqlx::raw_sql(AssertSqlSafe(sql))
}

fn statement(sql: &str) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

fn raw(connection: &mut PgConnection) -> Raw<'_> {
    Raw::SqlxPostgres(connection)
}

fn connector(connectors: &mut Connectors) -> &mut Option<Connector<PgConnection>> {
    &mut connectors.sqlx_postgres
}
