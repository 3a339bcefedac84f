use std::future::Future;
use std::pin::Pin;

use crate::{AsyncContext, Context, Result};

/// What an `async fn` of a Rust-coded revision returns, boxed.
pub type BoxedStep<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A function of a Rust-coded revision.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// `pub fn upgrade(db: &mut Context<'_>) -> Result<()>`
    Sync(fn(&mut Context<'_>) -> Result<()>),
    /// `pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()>`
    Async(for<'a> fn(&'a mut AsyncContext<'_>) -> BoxedStep<'a>),
}

/// The functions of one Rust-coded revision.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// Its id.
    pub revision: &'static str,
    /// `None` where its header says that it does nothing.
    pub upgrade: Option<Function>,
    /// `None` where its header says that it does nothing or is irreversible.
    pub downgrade: Option<Function>,
}
