//! The project's guides, as they are in its repository: each module is a page.
//!
//! How to test a chain is told by `migrate-schema`, whose macros do it.

/// A page. Its links to other pages are by reference, so that they lead to modules here and to files in the repository:
/// of two definitions the first one counts.
macro_rules! page {
    ($(#[$about:meta])* $name:ident, $file:literal) => {
        $(#[$about])*
        ///
        /// [revision-files]: crate::guide::revision_files
        /// [embedding]: crate::guide::embedding
        /// [deploying]: crate::guide::deploying
        /// [renames]: crate::guide::renames
        /// [branches]: crate::guide::branches
        /// [databases]: crate::guide::databases
        /// [tenants]: crate::guide::tenants
        /// [libraries]: crate::guide::libraries
        /// [privileges]: crate::guide::privileges
        /// [guarantees]: crate::guide::guarantees
        ///
        #[doc = include_str!(concat!("../guide/", $file))]
        pub mod $name {}
    };
}

page! {
    /// What may be in a revision file, and what fails the build.
    revision_files, "revision-files.md"
}
page! {
    /// How a start goes, and what can be chosen about it.
    embedding, "embedding.md"
}
page! {
    /// Kubernetes, systemd, one server; rolling out and rolling back.
    deploying, "deploying.md"
}
page! {
    /// New names without lost values.
    renames, "renames.md"
}
page! {
    /// Two heads, merge, rebase and releases.
    branches, "branches.md"
}
page! {
    /// Environments, and several databases.
    databases, "databases.md"
}
page! {
    /// One chain for many schemas or files.
    tenants, "tenants.md"
}
page! {
    /// A chain that a library ships.
    libraries, "libraries.md"
}
page! {
    /// What each role needs.
    privileges, "privileges.md"
}
page! {
    /// What an operator can rely on.
    guarantees, "guarantees.md"
}
