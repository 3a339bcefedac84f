//! Stub.
/// Stub
#[derive(Debug)]
pub struct Context<'a>(&'a ());
/// Stub
#[derive(Debug)]
pub struct AsyncContext<'a>(&'a ());
