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
#[cfg(feature = "macros")]
pub use migrate_macros::Migrations;
pub use migrations::Migrations;

/// Compiles a versions directory into the application.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! embed_migrations {
    ($($arguments:tt)*) => {
        $crate::__private::embed_migrations!($crate; $($arguments)*)
    };
}
