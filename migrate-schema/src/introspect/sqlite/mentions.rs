//! Which statement mentions which table.

use std::collections::BTreeMap;

use migrate_chain::Dialect;
use migrate_chain::sql::TokenKind;

use super::catalog::{Catalog, Object};
use crate::sql::cursor::{Token, lex};
use migrate_chain::sql::unquoted;

/// Who mentions whom, by the words of the statements: rather one too many than one too few.
pub(super) struct Mentions {
    /// By the lower-case name of a table or view: its name, and for a view what its statement mentions.
    by_name: BTreeMap<String, (String, Vec<String>)>,
}

impl Mentions {
    pub(super) fn of(catalog: &Catalog) -> Mentions {
        let relations = catalog.objects.iter().filter(|object| object.is_relation());
        let mut by_name: BTreeMap<String, (String, Vec<String>)> = relations
            .map(|object| {
                (
                    object.name.to_ascii_lowercase(),
                    (object.name.clone(), Vec::new()),
                )
            })
            .collect();
        for view in catalog.views() {
            let mentioned = words(&view.sql);
            let lower = view.name.to_ascii_lowercase();
            let known = mentioned
                .into_iter()
                .filter(|word| *word != lower && by_name.contains_key(word))
                .collect();
            if let Some(entry) = by_name.get_mut(&lower) {
                entry.1 = known;
            }
        }
        Mentions { by_name }
    }

    /// The tables that a statement mentions, through views too.
    pub(super) fn tables(&self, object: &Object) -> Vec<String> {
        let own = if object.is_relation() {
            Some(object.name.to_ascii_lowercase())
        } else {
            None
        };
        let mut ahead = words(&object.sql);
        ahead.push(object.table.to_ascii_lowercase());
        ahead.retain(|word| Some(word) != own.as_ref());
        let mut seen = Vec::new();
        let mut tables = Vec::new();
        while let Some(word) = ahead.pop() {
            let Some((name, mentioned)) = self.by_name.get(&word) else {
                continue;
            };
            if seen.contains(&word) {
                continue;
            }
            if mentioned.is_empty() {
                tables.push(name.clone());
            } else {
                ahead.extend(mentioned.iter().cloned());
            }
            seen.push(word);
        }
        tables.sort();
        tables
    }

    /// How many views stand between a view and the tables, at most.
    pub(super) fn depth(&self, view: &str) -> usize {
        let mut depth = 0;
        let mut level = vec![view.to_ascii_lowercase()];
        // Views that mention one another in a circle can be created and never be read.
        while depth <= self.by_name.len() && !level.is_empty() {
            let mut next: Vec<String> = level
                .iter()
                .filter_map(|name| self.by_name.get(name))
                .flat_map(|(_, mentioned)| mentioned.iter().cloned())
                .collect();
            next.sort();
            next.dedup();
            level = next;
            depth += 1;
        }
        depth
    }
}

/// The lower-case names and words of a statement, quoted or not; SQLite takes `'a'` for a name in places.
fn words(sql: &str) -> Vec<String> {
    let tokens = lex(sql, Dialect::Sqlite).unwrap_or_default();
    let name = |token: &Token<'_>| match token.kind {
        TokenKind::Word => Some(token.text.to_ascii_lowercase()),
        TokenKind::Name | TokenKind::Text => Some(unquoted(token.text).to_ascii_lowercase()),
        _ => None,
    };
    let mut words: Vec<String> = tokens.iter().filter_map(name).collect();
    words.sort();
    words.dedup();
    words
}
