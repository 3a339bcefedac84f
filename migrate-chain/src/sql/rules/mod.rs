//! What a script must not contain: one file per subject, one function per rule.

mod copy;
mod enums;
mod pragmas;
mod rebuild;
mod session;
mod shell;
mod transaction;
mod unclosed;

use super::finding::{Finding, Section};
use super::lexer::{Token, Unclosed};
use super::words::Words;

/// The rules at work on one script: what they have found, and what they remember of earlier statements.
pub(super) struct Rules<'a> {
    script: &'a str,
    section: &'a Section,
    findings: Vec<Finding>,
    enums: enums::Enums,
    rebuild: rebuild::Rebuild,
    slots: transaction::Slots,
    lasts_until_commit: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn new(script: &'a str, section: &'a Section) -> Rules<'a> {
        let mut findings = Vec::new();
        unclosed::nul(script, &mut findings);
        Rules {
            script,
            section,
            findings,
            enums: enums::Enums::default(),
            rebuild: rebuild::Rebuild::default(),
            slots: transaction::Slots::default(),
            lasts_until_commit: false,
        }
    }

    /// Every rule that looks at a statement.
    pub(super) fn statement(&mut self, words: &Words<'_>) {
        let Rules {
            section, findings, ..
        } = self;
        self.lasts_until_commit |= transaction::lasts_until_commit(words);
        transaction::no_control(words, section, findings);
        transaction::no_savepoint_outside(words, section, findings);
        transaction::no_set_transaction(words, section, findings);
        self.slots.no_outside_statement(words, section, findings);
        transaction::index_has_a_name(words, findings);
        session::no_other_reading(words, findings);
        copy::no_client_data(words, findings);
        pragmas::no_useless_pragma(words, section, findings);
        self.enums.no_use_of_a_new_value(words, section, findings);
        self.rebuild
            .no_rebuild_with_foreign_keys(words, section, findings);
    }

    pub(super) fn shell_line(&mut self, token: Token) {
        shell::no_shell_line(self.script, token, &mut self.findings);
    }

    pub(super) fn unclosed(&mut self, unclosed: Unclosed) {
        unclosed::all_closed(self.script, unclosed, &mut self.findings);
    }

    /// Whether lines of data follow this statement.
    pub(super) fn copies_from_script(&self, words: &Words<'_>) -> bool {
        copy::direction(words) == Some("FROM STDIN")
    }

    /// The findings in the order of the script, and whether a plan commits behind it.
    pub(super) fn finish(mut self) -> (Vec<Finding>, bool) {
        self.findings.sort_by_key(|finding| finding.range.start);
        let needs_commit = self.lasts_until_commit || self.enums.adds_value();
        (self.findings, needs_commit)
    }
}
