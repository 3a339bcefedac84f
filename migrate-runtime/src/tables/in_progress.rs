//! The non-transactional step under way, if there is one.

use super::Tables;
use crate::in_progress::StepInProgress;

impl Tables {
    /// Revision, direction, hash, started, done, total, run.
    pub(crate) fn select_in_progress(&self) -> String {
        self.sql(
            "SELECT revision, direction, content_hash, started, done, total, run_id FROM {in_progress} WHERE chain = {chain}",
            &[],
        )
    }

    /// Records that a step begins, and blanks the heads' fingerprints, so that the one-row check
    /// can't pass until it is through.
    pub(crate) fn insert_in_progress(&self, in_progress: &StepInProgress) -> String {
        let StepInProgress {
            revision,
            direction,
            content_hash,
            started,
            done,
            total,
            run_id,
        } = in_progress;
        let pattern = format!(
            "INSERT INTO {{in_progress}} (chain, revision, direction, content_hash, started, done, total, run_id) \
             VALUES ({{chain}}, ?, ?, ?, {started}, {done}, {total}, ?);\n\
             UPDATE {{revision}} SET fingerprint = '' WHERE chain = {{chain}}"
        );
        let values = [revision, direction.name(), content_hash, run_id];
        self.sql(&pattern, &values.map(Some))
    }

    /// Records how far it is.
    pub(crate) fn advance_in_progress(&self, started: usize, done: usize) -> String {
        let pattern = format!(
            "UPDATE {{in_progress}} SET started = {started}, done = {done} WHERE chain = {{chain}}"
        );
        self.sql(&pattern, &[])
    }

    /// Ends it.
    pub(crate) fn delete_in_progress(&self) -> String {
        self.sql("DELETE FROM {in_progress} WHERE chain = {chain};\n", &[])
    }
}
