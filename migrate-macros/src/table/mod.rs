//! `#[derive(Table)]`: `attr` reads the attributes, `ast` puts them beside their fields, `valid`
//! holds the rules, `expand` writes the constant.

mod ast;
mod attr;
mod constraint;
mod expand;
mod valid;
mod words;

pub(crate) use expand::derive;
