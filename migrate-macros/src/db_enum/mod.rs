//! `#[derive(DbEnum)]`: `attr` reads the attributes, `ast` puts them beside their variants, `valid`
//! holds the rules, `expand` writes the constant.

mod ast;
mod attr;
mod case;
mod expand;
mod valid;

pub(crate) use expand::derive;
