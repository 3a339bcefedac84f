//! Migrations compiled into the binary.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod assets;
mod code;
mod context;
mod error;
mod migrations;

pub use code::{BoxedStep, Code, Function};
pub use context::{AsyncContext, Context};
pub use error::{Error, Result};
pub use migrate_chain::{Chain, Dialect, Direction, Options};
/// Compiles a versions directory into the application, reachable through a type.
///
/// It is the form for a chain with Rust-coded revisions: they become modules beside the struct, so
/// that editors follow them. `migrations()` is as visible as the struct.
///
/// ```
/// use migrate_runtime::Migrations;
///
/// #[derive(Migrations)]
/// #[migrations(path = "versions", chain = "users", dialects = [sqlite, postgres])]
/// pub struct Users;
///
/// assert_eq!(Users::migrations().chain()?.name, "users");
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// `path` is relative to the crate's Cargo.toml; the other options are those of
/// [`embed_migrations!`](crate::embed_migrations), and `crate = some::path`, where this crate is
/// when it was renamed or is re-exported.
#[cfg(feature = "macros")]
#[doc(inline)]
pub use migrate_macros::Migrations;
pub use migrations::Migrations;

/// Compiles a versions directory into the application, as a constant: read, checked, sorted and
/// hashed by the compiler.
///
/// ```
/// use migrate_runtime::{Migrations, embed_migrations};
///
/// pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///
/// let chain = MIGRATIONS.chain()?;
/// assert_eq!(chain.get(0).message, "create users");
/// assert_eq!(chain.len(), 2);
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// The path is relative to the crate's Cargo.toml and comes first. The rest is optional, in any
/// order:
///
/// | option | meaning |
/// |---|---|
/// | `dialects = [sqlite, postgres]` | every revision must serve these databases; by default those that the files name |
/// | `chain = "billing"` | the chain's name, where several share a database; by default `main` |
/// | `head = "cb3cf47d9259"` | the build fails when the chain ends elsewhere |
/// | `assets` | the files under `versions/assets/` travel along for Rust-coded revisions (feature `include_dir`) |
/// | `multiple_heads`, `multiple_bases` | several are meant |
///
/// Everything that is wrong with the directory is reported at once, each problem with its file and
/// line, as one error on the path:
///
/// ```text
/// error: unknown down_revision `8280855a5046`
///          --> versions/cb3cf47d9259-create-users.sql:4:19
///           |
///         4 | -- down_revision: 8280855a5046
///           |                   ^^^^^^^^^^^^
///          = help: did you mean `8280855a5064`?
///  --> src/main.rs:3:55
///   |
/// 3 | pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///   |                                                       ^^^^^^^^^^
/// ```
///
/// The compiler tracks every file it read. A new or removed one is noticed by the next build if
/// `build.rs` says so; `cargo migrate init` writes that line:
///
/// ```
/// println!("cargo::rerun-if-changed=versions");
/// ```
///
/// With Rust-coded revisions, [`#[derive(Migrations)]`](derive@crate::Migrations) does the same in
/// a form that editors understand.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! embed_migrations {
    ($($arguments:tt)*) => {
        $crate::__private::embed_migrations!($crate; $($arguments)*)
    };
}
