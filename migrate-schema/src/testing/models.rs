use super::scratch::scratch;
use super::{Result, Suite};
use crate::diff::Answers;
use crate::introspect::Ignore;
use crate::revision::work_out;
use crate::{Error, ddl, models};

impl Suite<'_> {
    /// The chain makes what the models say, on every database of it, and each of its revisions is written.
    ///
    /// # Errors
    ///
    /// What differs; where the head is still to be written, its whole file.
    pub fn models_match(&self) -> Result {
        let chain = self.migrations.chain()?;
        let mut pairs = Vec::new();
        for &dialect in &chain.dialects {
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
        let blank = chain.revisions().iter().find(|one| one.is_blank());
        if let Some(blank) = blank {
            let path = format!("{}/{}", chain.root, blank.path);
            let error = Error::new(format!("{path} is still to be written"));
            return Err(if missing.is_empty() {
                error.with_help("the models ask for nothing that the chain doesn't make: write its script by hand, or remove the file and let `lock` bring chain.lock up to date")
            } else {
                // Last, so that a log of CI ends with what is to be pasted.
                let text = missing.fill(blank.text());
                Error::new(format!(
                    "{error}: `revision --autogenerate` fills it, or paste this into it:\n\n{text}"
                ))
            });
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
