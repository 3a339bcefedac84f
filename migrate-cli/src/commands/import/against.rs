//! A database that the other tool made, beside the chain.

use migrate_runtime::Migrations;

use super::Importing;
use crate::context::Context;
use crate::database::{Access, Database};
use crate::error::{Error, Result};
use crate::import::Draft;
use crate::url::Url;

impl Importing {
    /// What a database at a URL has and the chain, up to what the tool has recorded there, doesn't make.
    pub(super) fn against(
        &self,
        context: &mut Context<'_, '_>,
        migrations: &Migrations,
        draft: &Draft,
        url: &Url,
    ) -> Result<Vec<String>> {
        let mut database = Database::open(url, Access::Read)?;
        let rows = database.texts(self.adopt.applied).map_err(|error| {
            Error::failed(format!(
                "can't read what {} has recorded in {url}",
                self.tool.name
            ))
            .caused_by(error)
        })?;
        let mut last = None;
        let mut unknown = Vec::new();
        for row in &rows {
            let (Some(Some(key)), Some(Some(state))) = (row.first(), row.get(1)) else {
                continue;
            };
            let at = draft.revisions.iter().position(|one| one.key == *key);
            match (at, state.as_str()) {
                (_, "undone") => {}
                (None, _) => unknown.push(format!("`{key}` is recorded there, and is in no file")),
                (Some(_), "failed") => unknown.push(format!("`{key}` is half done there")),
                (Some(at), _) => {
                    last = last.max(Some(at));
                    let sums = self
                        .history
                        .steps
                        .get(at)
                        .map_or(&[][..], |step| &step.sums);
                    let recorded = row.get(2).cloned().flatten();
                    if let Some(sum) =
                        recorded.filter(|sum| !sums.is_empty() && !sums.contains(sum))
                    {
                        unknown.push(format!(
                            "`{key}` has the checksum {sum} there, and its file another: it was edited since it ran"
                        ));
                    }
                }
            }
        }
        if !unknown.is_empty() {
            return Ok(unknown);
        }
        let Some(last) = last.and_then(|at| draft.revisions.get(at)) else {
            return Err(Error::failed(format!(
                "{} has recorded nothing in {url}",
                self.tool.name
            )));
        };
        context.drift_at(migrations, &last.id, url, self.adopt.name())
    }
}
