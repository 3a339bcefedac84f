//! Stub.
use migrate_chain::Problems;
/// Stub
#[derive(Debug)]
pub struct Error(String);
/// Stub
pub type Result<T, E = Error> = std::result::Result<T, E>;
impl Error {
    pub(crate) fn chain(problems: Problems) -> Error {
        Error(problems.to_string())
    }
    pub(crate) fn internal(message: String) -> Error {
        Error(message)
    }
}
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Error {}
