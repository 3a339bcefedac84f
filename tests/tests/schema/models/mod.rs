//! Models: what they are rendered as runs on both databases, and the catalogs show what was declared.

mod catalog;
mod problems;
mod shop;
mod types;
