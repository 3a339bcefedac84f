//! Reads `unique(..)`, `index(..)` and the other constraints of a table.

use migrate_chain::Dialect;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

use super::words::{Action, Deferrable, deferrable, on_conflict};
use crate::attribute::entry::{Entry, comma, up_to_comma};
use crate::attribute::errors::Errors;
use crate::attribute::options::{Each, filled, name, once, word};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    PrimaryKey,
    Unique,
    Index,
    ForeignKey,
    Check,
}

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "primary_key" => Kind::PrimaryKey,
            "unique" => Kind::Unique,
            "index" => Kind::Index,
            "foreign_key" => Kind::ForeignKey,
            "check" => Kind::Check,
            _ => return None,
        })
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Kind::PrimaryKey => &["columns", "name", "on_conflict"],
            Kind::Unique => &[
                "columns",
                "name",
                "nulls_not_distinct",
                "deferrable",
                "on_conflict",
            ],
            Kind::Index => &[
                "columns",
                "expr",
                "name",
                "unique",
                "where",
                "method",
                "include",
                "nulls_not_distinct",
                "only",
            ],
            Kind::ForeignKey => &[
                "columns",
                "references",
                "name",
                "on_delete",
                "on_update",
                "deferrable",
            ],
            Kind::Check => &["expr", "name"],
        }
    }

    pub(crate) const fn example(self) -> &'static str {
        match self {
            Kind::PrimaryKey => "primary_key(org_id, id)",
            Kind::Unique => "unique(columns(org_id, email), name = \"..\")",
            Kind::Index => "index(columns(email), where = \"deleted_at IS NULL\")",
            Kind::ForeignKey => "foreign_key(columns(a, b), references = \"t(a, b)\")",
            Kind::Check => "check(name = \"ck_users_age\", expr = \"age >= 0\")",
        }
    }
}

/// What a constraint or an index says.
pub(crate) struct Args {
    pub(crate) kind: Kind,
    /// Where errors on the whole go.
    pub(crate) at: Ident,
    pub(crate) keys: Vec<Key>,
    pub(crate) name: Option<LitStr>,
    pub(crate) unique: bool,
    pub(crate) predicate: Option<Each>,
    pub(crate) method: Option<LitStr>,
    pub(crate) include: Vec<Ident>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) only: Option<Dialect>,
    pub(crate) on_conflict: Option<&'static str>,
    pub(crate) references: Option<Reference>,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    pub(crate) deferrable: Option<Deferrable>,
    /// Something in it couldn't be read, and has been reported.
    pub(crate) is_broken: bool,
}

/// What a constraint is made of.
pub(crate) enum Key {
    Field(Box<Field>),
    Expression(Each),
}

/// `email`, or `email desc` in an index.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) descending: bool,
    /// NULLS FIRST.
    pub(crate) nulls_first: Option<bool>,
    pub(crate) collate: Option<LitStr>,
    pub(crate) ops: Option<LitStr>,
}

impl Args {
    pub(crate) fn parse(entry: &Entry, kind: Kind, errors: &mut Errors) -> syn::Result<Args> {
        let mut args = Args {
            kind,
            at: entry.key.clone(),
            keys: Vec::new(),
            name: None,
            unique: false,
            predicate: None,
            method: None,
            include: Vec::new(),
            nulls_not_distinct: false,
            only: None,
            on_conflict: None,
            references: None,
            on_delete: None,
            on_update: None,
            deferrable: None,
            is_broken: false,
        };
        let Some(tokens) = entry.several() else {
            let message = format!("write `{}`", kind.example());
            return Err(syn::Error::new(entry.key.span(), message));
        };
        let mut seen = Vec::new();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.one(input, &mut seen, errors) {
                    args.is_broken = true;
                    errors.add(error);
                    up_to_comma(input);
                }
                if let Err(error) = comma(input) {
                    errors.add(error);
                }
            }
            Ok(())
        };
        read.parse2(tokens.clone())?;
        Ok(args)
    }

    /// An option, or the name of a field.
    fn one(
        &mut self,
        input: ParseStream<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let is_option = input.peek2(Token![=]) || input.peek2(syn::token::Paren) || {
            let fork = input.fork();
            let flags = ["unique", "nulls_not_distinct", "deferrable"];
            fork.call(Ident::parse_any).is_ok_and(|ident| {
                let name = ident.to_string();
                flags.contains(&name.as_str()) && self.kind.options().contains(&name.as_str())
            })
        };
        if !is_option && self.kind != Kind::Check {
            let field = Field::parse(input, self.kind)?;
            self.keys.push(Key::Field(Box::new(field)));
            return Ok(());
        }
        let repeatable: &[&str] = match self.kind {
            Kind::Index => &["expr", "columns"],
            _ => &[],
        };
        let entry = once(
            Entry::parse(input, self.kind.example())?,
            self.kind.options(),
            repeatable,
            seen,
        )?;
        self.take(&entry, errors)
    }

    fn take(&mut self, entry: &Entry, errors: &mut Errors) -> syn::Result<()> {
        match entry.name().as_str() {
            "columns" => {
                let kind = self.kind;
                let fields = list(entry, |input| Field::parse(input, kind))?;
                (self.keys).extend(fields.into_iter().map(|field| Key::Field(Box::new(field))));
            }
            "include" => {
                let fields = list(entry, |input| Field::parse(input, Kind::Unique))?;
                self.include = fields.into_iter().map(|field| field.ident).collect();
            }
            "expr" => {
                let example = "\"lower(email)\"";
                (self.keys).push(Key::Expression(Each::parse(entry, example, errors)?));
            }
            "name" => self.name = Some(name(entry, "\"..\"")?),
            "unique" => self.unique = true,
            "where" => {
                self.predicate = Some(Each::parse(entry, "\"deleted_at IS NULL\"", errors)?);
            }
            "method" => self.method = Some(filled(entry.text("\"gin\"")?)?),
            "nulls_not_distinct" => self.nulls_not_distinct = true,
            "only" => {
                let dialects = Dialect::ALL.map(|dialect| (dialect.name(), dialect));
                let text = entry.text("\"postgres\"")?;
                self.only = Some(word(&text, &dialects, "the dialects are")?);
            }
            "on_conflict" => self.on_conflict = Some(on_conflict(entry)?),
            "references" => self.references = Some(Reference::parse(entry)?),
            "on_delete" => self.on_delete = Some(Action::parse(entry)?),
            "on_update" => self.on_update = Some(Action::parse(entry)?),
            "deferrable" => self.deferrable = Some(deferrable(entry)?),
            _ => {}
        }
        Ok(())
    }

    /// The fields it names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.keys.iter().filter_map(|key| match key {
            Key::Field(field) => Some(&**field),
            Key::Expression(_) => None,
        })
    }

    /// The expressions it is made of.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Each> {
        self.keys.iter().filter_map(|key| match key {
            Key::Expression(each) => Some(each),
            Key::Field(_) => None,
        })
    }
}

/// `columns(a, b)`
fn list<T>(
    entry: &Entry,
    mut one: impl FnMut(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let key = &entry.key;
    let Some(tokens) = entry.several() else {
        let message = format!("write `{key}(org_id, email)`, with the names of fields");
        return Err(syn::Error::new(key.span(), message));
    };
    let whole = |input: ParseStream<'_>| {
        let mut all = Vec::new();
        while !input.is_empty() {
            all.push(one(input)?);
            comma(input)?;
        }
        Ok(all)
    };
    whole.parse2(tokens.clone())
}

impl Field {
    fn parse(input: ParseStream<'_>, kind: Kind) -> syn::Result<Field> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("a field's name is expected, without quotes"));
        }
        let mut field = Field {
            ident: input.call(Ident::parse_any)?,
            descending: false,
            nulls_first: None,
            collate: None,
            ops: None,
        };
        while kind == Kind::Index && input.peek(Ident::peek_any) {
            let word = input.call(Ident::parse_any)?;
            match word.to_string().as_str() {
                "asc" => {}
                "desc" => field.descending = true,
                "nulls_first" => field.nulls_first = Some(true),
                "nulls_last" => field.nulls_first = Some(false),
                "collate" => field.collate = Some(filled(input.parse()?)?),
                "ops" => field.ops = Some(filled(input.parse()?)?),
                _ => {
                    let message = "behind a field follow `desc`, `asc`, `nulls_first`, `nulls_last`, `collate \"..\"` or `ops \"..\"`";
                    return Err(syn::Error::new(word.span(), message));
                }
            }
        }
        Ok(field)
    }
}

/// What a foreign key refers to.
pub(crate) struct Reference {
    pub(crate) literal: LitStr,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
}

impl Reference {
    /// Reads `references = "orgs.id"` or `references = "orgs(a, b)"`.
    pub(crate) fn parse(entry: &Entry) -> syn::Result<Reference> {
        let literal = entry.text("\"orgs.id\"")?;
        let text = literal.value();
        let (table, columns) = match text.split_once('(') {
            Some((table, rest)) => (table, rest.strip_suffix(')').unwrap_or_default()),
            None => text.rsplit_once('.').unwrap_or_default(),
        };
        let columns: Vec<String> = (columns.split(','))
            .map(|column| column.trim().to_owned())
            .collect();
        let table = table.trim().to_owned();
        if table.is_empty() || columns.iter().any(String::is_empty) {
            let message = format!(
                "`{text}` names no table and column: write `references = \"orgs.id\"`, or `\"orgs(a, b)\"` for several"
            );
            return Err(syn::Error::new(literal.span(), message));
        }
        Ok(Reference {
            literal,
            table,
            columns,
        })
    }
}

/// Names in the order of their columns, as tokens of `&'static [&'static str]`.
pub(crate) fn names(columns: &[String]) -> TokenStream {
    quote::quote!(&[#(#columns),*])
}

/// The name of an identifier, without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}
