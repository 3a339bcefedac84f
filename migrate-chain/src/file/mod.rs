//! One revision file: its header, its sections, and where each stands in the text.

mod adopt_file;
mod edit;
mod header;
mod lines;
mod new_header;
mod report;
mod revision_file;
mod rust_source;
mod section;

pub(crate) use adopt_file::{AdoptFile, AdoptSection, Purpose};
pub use edit::{filled, set_key};
pub(crate) use header::AdoptedKey;
pub use new_header::NewHeader;
pub(crate) use revision_file::RevisionFile;
pub use section::is_section_line;
pub(crate) use section::{Body, Section};
