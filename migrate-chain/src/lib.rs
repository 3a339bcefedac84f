//! Revision files, the chain they form, targets and plans: what the macros and the runtime of
//! `migrate-runtime` share, so that a versions directory means the same at compile time, from an
//! embedded directory and from disk.
//!
//! ```
//! use migrate_chain::{Folder, Options, load};
//!
//! let mut folder = Folder::new("versions");
//! folder.add("a1.sql", b"-- base\n-- revision: a1\n-- down_revision: none\n\n-- upgrade (sqlite): nothing\n-- downgrade: nothing\n");
//! folder.add("b1.sql", b"-- users\n-- revision: b1\n-- down_revision: a0\n\n-- upgrade (sqlite)\nSELECT 1;\n-- downgrade\nSELECT 2;\n");
//! let problems = load(folder, &Options::new("versions")).unwrap_err();
//! assert_eq!(problems.to_string(), "\
//! unknown down_revision `a0`
//!   --> versions/b1.sql:3:19
//!    |
//!  3 | -- down_revision: a0
//!    |                   ^^
//!   = help: did you mean `a1`?");
//! ```
//!
//! No driver and no parser of Rust is used here: the crate is compiled for the host of every user
//! of the macros.

#![warn(clippy::match_bool, clippy::fn_params_excessive_bools)]

mod adoption;
mod chain;
pub mod chain_lock;
mod check;
mod constraint;
mod diagnostic;
mod dialect;
mod escape;
mod file;
pub mod fingerprint;
mod folder;
mod graph;
pub mod id;
mod labels;
mod load;
mod names;
mod nearest;
mod options;
pub mod packed;
mod parsed;
mod place;
mod plan;
mod problem;
mod properties;
mod random;
mod revision;
mod sort;
pub mod sql;
mod target;
mod vocabulary;

pub use adoption::{AdoptedKey, Adoption, AdoptionScript, AdoptionScripts};
pub use chain::Chain;
pub use constraint::{Constraint, LONGEST_NAME};
pub use diagnostic::{Diagnostic, Headline, Part, Story};
pub use dialect::{Dialect, UnknownDialect};
pub use escape::escaped;
pub use file::{NewHeader, filled, is_section_line, set_key};
pub use fingerprint::Fingerprint;
pub use folder::{ADOPT_SQL, ASSETS, CHAIN_LOCK, Folder, SourceFile, snapshot};
pub use load::{CodeFile, Loaded, load, load_graph};
pub use nearest::{did_you_mean, nearest};
pub use options::{Options, Said};
pub use packed::{Mismatch, Packed};
pub use place::{Place, Snippet};
pub use plan::{Applied, Boundaries, Goal, Plan, Range, Segment, Step};
pub use problem::{Problem, Problems};
pub use properties::{Properties, Transaction};
pub use random::random;
pub use revision::{Action, Revision, Script};
pub use sort::sort_positions;
pub use target::{Symbol, Target, TargetError, TargetErrorKind};
pub use vocabulary::{Call, Direction, Language};
