//! One revision in place of all: the schema as it is.

use migrate_chain::load;
use migrate_runtime::Migrations;
use migrate_schema::scratch::beside::OriginalStep;

use super::report::{Proved, Report};
use super::{Import, Importing};
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};
use crate::import::{History, draft};

impl Importing {
    pub(super) fn baseline(&self, context: &mut Context<'_, '_>, args: &Import) -> Result<Exit> {
        // Code has no text to replay: then the database that it made is asked.
        let is_known = self.history.refused.is_empty();
        let steps: Vec<OriginalStep> = self
            .history
            .steps
            .iter()
            .map(|step| OriginalStep {
                revision: step.key.clone(),
                up: migrate_schema::scratch::beside::Original {
                    text: step.up.text.clone(),
                    sent: step.up.sent,
                    noted: None,
                },
                down: None,
            })
            .collect();
        let url = self.against.clone().or_else(|| {
            (!is_known)
                .then(|| context.config.url_if_any().cloned())
                .flatten()
        });
        if !is_known && url.is_none() {
            let mut refused = self.history.refused.clone();
            refused.truncate(1);
            return Err(Error::failed(format!(
                "the schema isn't known: {}, {}",
                refused[0].file, refused[0].reason
            ))
            .note("nothing was written")
            .help("name a database that the tool has migrated: `--against URL`"));
        }
        let table = self.adopt.name();
        let before = self.uses_own_table().then_some(self.adopt.create);
        let dump = match &url {
            Some(url) => context.dump_at(url, table, &args.data)?,
            None => context.dump_of(&steps, before, self.dialect, table, &args.data)?,
        };
        let Some(last) = self.history.steps.last() else {
            return Err(Error::failed("there is no migration to stand for"));
        };
        let step = crate::import::Step::baseline(&self.history, dump);
        let history = History {
            steps: vec![step],
            ..History::default()
        };
        let mut draft = draft(self.tool.name, &history, &self.adopt, self.dialect);
        if !draft.refused.is_empty() {
            return self.refuse(context, std::mem::take(&mut draft.refused));
        }
        let directory = Directory::begin(context)?;
        let text = self.adopt.text(self.tool.name, &self.history.without);
        let loaded = load(self.folder(context, &draft, &text), &self.options(context))
            .map_err(|problems| Error::from(problems).note("nothing was written"))?;
        let beside = self.beside(directory, &draft, &loaded)?;
        if beside.is_there.iter().any(|is_there| *is_there)
            || !beside.directory.folder.files.is_empty()
        {
            return Err(Error::failed(format!(
                "{} holds revisions already, and a baseline is the first",
                beside.directory.folder.root
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        let _ = last;
        let mut edit = Edit::new(&beside.directory);
        let revisions = self.written(&beside, &draft, &mut edit)?;
        edit.adopt(text);
        edit.lock();
        edit.tried()?;
        let migrations = Migrations::from(loaded);
        let mut report = Report {
            tool: self.tool.name,
            revisions,
            refused: Vec::new(),
            edited: Vec::new(),
            proved: None,
        };
        let mut proved = Proved {
            equal: true,
            ..Proved::default()
        };
        let mut drift = Vec::new();
        if is_known {
            proved.steps = 1;
            drift = context.same(&migrations, &steps, before, self.dialect, table)?;
        }
        if let Some(url) = &url {
            proved.steps = 1;
            proved.against = Some(url.to_string());
            drift.extend(context.drift_at(&migrations, "head", url, table)?);
        }
        proved.equal = drift.is_empty();
        report.proved = Some(proved);
        if !drift.is_empty() {
            return Err(self.print_refused(
                context,
                &report,
                Error::failed(format!(
                    "the baseline makes something else:\n  {}",
                    drift.join("\n  ")
                )),
            )?);
        }
        if !args.dry_run {
            edit.write()?;
        }
        self.print(context, args, &beside.directory, &report)
    }

    fn uses_own_table(&self) -> bool {
        let draft = draft(self.tool.name, &self.history, &self.adopt, self.dialect);
        draft.has_table
    }
}
