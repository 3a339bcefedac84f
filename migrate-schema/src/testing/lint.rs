//! What a reviewer would ask about.

use migrate_chain::chain_lock::ChainLock;

use super::scratch::scratch;
use super::{Result, Suite, all};
use crate::Error;
use crate::introspect::Ignore;
use crate::lint::{Scope, lint};

impl Suite<'_> {
    /// Whatever [`lint`](crate::lint::lint) finds in the revisions that no release has sealed is allowed by a comment
    /// with a reason.
    ///
    /// # Errors
    ///
    /// Every finding that nobody has allowed.
    pub fn lint_clean(&self) -> Result {
        let chain = self.migrations.chain()?;
        let text = self.folder(&chain).chain_lock.unwrap_or_default();
        let lock = ChainLock::read(chain.root, &text).0;
        let open = (0..chain.len()).filter(|&at| lock.seal_of(chain.get(at).id).is_none());
        let open: Vec<usize> = open.collect();
        let mut databases = Vec::new();
        for &dialect in &chain.dialects {
            databases.push((dialect, Some(scratch(dialect)?)));
        }
        let ignore = Ignore::default().of_models(self.models);
        let report = lint(self.migrations, Scope::new(&open, &ignore), &databases)?;
        let findings = report.findings.iter();
        all(findings
            .map(|finding| Error::new(format!("{:#}", finding.diagnostic())))
            .collect())
    }
}
