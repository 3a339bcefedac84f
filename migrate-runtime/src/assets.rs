//! Data files for Rust-coded revisions, with and without the `include_dir` feature.

#[cfg(feature = "include_dir")]
pub use include_dir::Dir as Assets;

/// Stands where `include_dir::Dir` does when the feature `include_dir` is off; has no value.
#[cfg(not(feature = "include_dir"))]
#[derive(Debug)]
pub enum Assets<'a> {
    #[doc(hidden)]
    None(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
}
