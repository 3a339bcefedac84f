//! The non-transactional step under way, if there is one.

use super::Tables;
use crate::in_progress::StepInProgress;

impl Tables {
    /// Revision, direction, hash, started, done, total, run, hash of what was begun.
    pub(crate) fn select_in_progress(&self) -> String {
        self.guarded(self.in_progress())
    }

    pub(super) fn in_progress(&self) -> String {
        self.sql(
            "SELECT revision, direction, content_hash, started, done, total, run_id, begun_hash FROM {in_progress} WHERE chain {=} {chain}",
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
            begun_hash,
            started,
            done,
            total,
            run_id,
        } = in_progress;
        let pattern = format!(
            "INSERT INTO {{in_progress}} (chain, revision, direction, content_hash, started, done, total, run_id, begun_hash) \
             VALUES ({{chain}}, ?, ?, ?, {started}, {done}, {total}, ?, ?);\n\
             UPDATE {{revision}} SET fingerprint = '' WHERE chain {{=}} {{chain}}"
        );
        let values = [revision, direction.name(), content_hash, run_id, begun_hash];
        self.sql(&pattern, &values.map(Some))
    }

    /// Records how far it is.
    pub(crate) fn advance_in_progress(&self, in_progress: &StepInProgress) -> String {
        let StepInProgress {
            started,
            done,
            total,
            content_hash,
            begun_hash,
            ..
        } = in_progress;
        let pattern = format!(
            "UPDATE {{in_progress}} SET started = {started}, done = {done}, total = {total}, content_hash = ?, begun_hash = ? WHERE chain {{=}} {{chain}}"
        );
        self.sql(&pattern, &[Some(content_hash), Some(begun_hash)])
    }

    /// Ends it.
    pub(crate) fn delete_in_progress(&self) -> String {
        self.sql("DELETE FROM {in_progress} WHERE chain {=} {chain};\n", &[])
    }
}
