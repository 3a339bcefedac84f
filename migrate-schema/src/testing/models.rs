use super::scratch::scratch;
use super::{Result, Suite};
use crate::diff::Answers;
use crate::introspect::Ignore;
use crate::revision::work_out;
use crate::{Error, ddl, models};

impl Suite<'_> {
    /// The chain makes what the models say, on every database of it.
    ///
    /// # Errors
    ///
    /// What differs.
    pub fn models_match(&self) -> Result {
        let mut pairs = Vec::new();
        for dialect in self.migrations.chain()?.dialects {
            pairs.push(models::read(
                self.migrations,
                self.models,
                &scratch(dialect)?,
                &Ignore::default(),
            )?);
        }
        let missing = work_out(&pairs, &ddl::renames(self.models), &Answers::new())
            .map_err(|refusal| Error::new("models and chain differ").with_source(refusal))?;
        let mut differences: Vec<String> = Vec::new();
        for changes in &missing.changes {
            let lines = changes.describe().into_iter();
            differences.extend(lines.map(|line| format!("{}: {line}", changes.dialect())));
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(format!(
            "the models ask for what the chain doesn't make:\n  {}",
            differences.join("\n  ")
        ))
        .with_help("`revision --autogenerate -m ..` writes it, and `check` prints it"))
    }
}
