#![doc = include_str!("../README.md")]

mod error;
pub mod requirement;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
pub mod unprivileged;

pub use error::{Error, Result};
#[cfg(unix)]
pub use server::LocalServer;
