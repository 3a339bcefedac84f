//! Tables of scripts: what they are split into, and what is found in them.

mod findings;
mod linear;
mod single;
mod splitting;
