//! Data files for Rust-coded revisions, with and without the `include_dir` feature.

#[cfg(feature = "include_dir")]
pub(crate) use include_dir::Dir as Assets;

/// Stands where `include_dir::Dir` does when the feature `include_dir` is off; has no value.
#[cfg(not(feature = "include_dir"))]
#[derive(Debug)]
pub enum Assets<'a> {
    #[doc(hidden)]
    None(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
}

/// What the macros wrap the tree of `assets/` in, so that a missing feature is one clear error.
#[cfg(feature = "include_dir")]
#[doc(hidden)]
#[macro_export]
macro_rules! __assets {
    ($($tree:tt)*) => { $($tree)* };
}

/// What the macros wrap the tree of `assets/` in, so that a missing feature is one clear error.
#[cfg(not(feature = "include_dir"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __assets {
    ($($tree:tt)*) => {
        ::core::compile_error!(
            "`assets` needs the feature `include_dir` of `migrate-runtime`
  = help: migrate-runtime = { version = \"..\", features = [\"include_dir\"] }"
        )
    };
}
