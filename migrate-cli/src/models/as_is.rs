//! A database as it is: as a schema, and as the statements that make it.

use migrate_chain::Dialect;
use migrate_runtime::Migrations;
use migrate_schema::dump;
use migrate_schema::introspect::{self, Ignore};
use migrate_schema::model::Schema;
use migrate_schema::scratch::{as_it_is, introspect as made_by};

use crate::context::Context;
use crate::database::{Access, Database, Kind};
use crate::error::Result;
use crate::url::Url;

impl Context<'_, '_> {
    /// Our own tables, which are no part of a schema.
    pub(super) fn ours(&self) -> Ignore {
        match &self.config.table_prefix {
            Some(prefix) => Ignore::default().prefix(prefix),
            None => Ignore::default(),
        }
    }

    /// Everything that a database has, our own tables apart.
    pub(crate) fn introspected(&self, database: &mut Database) -> Result<Schema> {
        let ignore = self.ours();
        Ok(match &mut database.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => introspect::sqlite(connection, &ignore)?,
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => introspect::postgres_schemas(client, &ignore)?,
        })
    }

    /// The statements that make the database of the URL.
    pub(crate) fn statements_of(&self, url: &Url) -> Result<String> {
        let ignore = self.ours();
        #[cfg(feature = "postgres")]
        if let Url::Postgres(url) = url {
            let config = crate::database::postgres::config(url)?;
            return Ok(dump::postgres(&config, &ignore, &[])?);
        }
        let database = Database::open(url, Access::Read)?;
        match &database.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => Ok(dump::sqlite(connection, &ignore)?),
            #[cfg(feature = "postgres")]
            Kind::Postgres(_) => Ok(String::new()),
        }
    }

    /// What statements make of an empty database and another one doesn't have, or the other way around.
    pub(crate) fn differs(&mut self, statements: &str, schema: &Schema) -> Result<Vec<String>> {
        let ignore = self.ours();
        let server = self.server(schema.dialect)?;
        let made = made_by(statements, &server.scratch(schema.dialect)?, &ignore)?;
        Ok(migrate_schema::diff::drift(&made, schema, &ignore))
    }

    /// What a chain makes up to some revisions, as statements that make the same.
    pub(crate) fn as_it_is(
        &mut self,
        migrations: &Migrations,
        revisions: &[&str],
        dialect: Dialect,
        data: &[String],
    ) -> Result<String> {
        let ignore = self.ours();
        let server = self.server(dialect)?;
        let scratch = server.scratch(dialect)?;
        Ok(as_it_is(migrations, revisions, &scratch, &ignore, data)?)
    }
}
