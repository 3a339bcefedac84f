#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, unused_macros)]

mod core {}
mod std {}
mod alloc {}
mod migrate_runtime {}
struct Result;
struct Option;
struct Some;
struct None;
struct Box;
struct Vec;
struct str;
struct u8;
struct Migrations;
struct Code;
struct Function;
const CODE: () = ();
const ASSETS: () = ();
const ENTRIES: () = ();
#[allow(non_upper_case_globals)]
const db: () = ();

macro_rules! concat { () => {} }
macro_rules! env { () => {} }
macro_rules! include_str { () => {} }
macro_rules! include_bytes { () => {} }
macro_rules! compile_error { () => {} }

static MIGRATIONS: ::migrate_runtime::Migrations =
    ::migrate_runtime::embed_migrations!("versions", dialects = [sqlite], assets);

#[derive(::migrate_runtime::Migrations)]
#[migrations(path = "versions", chain = "billing", dialects = [sqlite, postgres], assets)]
struct Billing;

fn main() {
    ::std::assert!(MIGRATIONS.chain().is_ok() && Billing::migrations().chain().is_ok());
}
