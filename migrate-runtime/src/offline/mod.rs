//! A plan as a script for psql or sqlite3: the statements that the engine sends, without asking a
//! database.

mod guard;
mod pragmas;

use std::collections::BTreeSet;
use std::fmt::Write;

use migrate_chain::sql::{self, literal, mentions};
use migrate_chain::{
    Action, Applied, Chain, Dialect, Direction, Fingerprint, Goal, Plan, Segment, Step,
};

use crate::engine::adopt::{self, Name, Other};
use crate::engine::{custom_settings, may_change_session, offline_session, record, runnable_on};
use crate::in_progress::{Beginnings, StepInProgress};
use crate::log::Act;
use crate::plan::PlannedStep;
use crate::state::ids;
use crate::tables::{By, Tables, Timing};
use crate::{Error, ErrorKind, Migrator, Result};

impl Migrator<'_> {
    /// The script that takes a database from what is `applied` to a goal; psql or sqlite3 runs it as
    /// it is. It checks what is recorded before each part, so that it stops when it is run twice or
    /// on another database, and leaves the same tables, rows and record behind as the operation
    /// itself.
    ///
    /// ```
    /// use migrate_runtime::{Applied, Dialect, Goal, Migrations, Migrator, Target, embed_migrations};
    ///
    /// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
    ///
    /// let chain = MIGRATIONS.chain()?;
    /// let nothing = Applied::of_rows(&chain, &[]);
    /// let script = Migrator::new(&MIGRATIONS)
    ///     .script(Dialect::Sqlite, &nothing, Goal::Upgrade(&Target::HEAD))?;
    /// assert!(script.starts_with(".bail on\n"));
    /// assert!(script.contains("-- Running upgrade  -> cb3cf47d9259, create users\n"));
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A target that leads nowhere, a step that can't be taken, or one that is Rust code.
    pub fn script(&self, dialect: Dialect, applied: &Applied, goal: Goal<'_>) -> Result<String> {
        let chain = self.migrations.chain()?;
        if !chain.dialects.contains(&dialect) {
            return Err(Error::new(
                ErrorKind::Dialect,
                format!("the chain `{}` has no scripts for {dialect}", chain.name),
            )
            .with_help(self.migrations.serve(dialect)));
        }
        let plan = Plan::new(&chain, applied, goal)?;
        no_code(&chain, &plan, dialect)?;
        runnable_on(&chain, &plan, self.migrations, dialect, true)?;
        keeps_session(&chain, &plan, dialect)?;
        let schema = self.settings.schema.as_deref();
        let schema = schema.filter(|_| dialect != Dialect::Sqlite);
        let run_id = crate::random::run_id();
        let writer = Writer {
            tables: Tables::new(
                dialect,
                chain.name,
                self.settings.table_prefix.clone(),
                schema,
            ),
            dialect,
            release: self.release(),
            run_id: &run_id,
            chain: &chain,
            plan: &plan,
            other: adopt::other(self.migrations)?,
            text: String::new(),
        };
        writer.write(self.settings.per_step())
    }
}

/// A script can't call a function; all that would have to are named at once.
fn no_code(chain: &Chain<'_>, plan: &Plan, dialect: Dialect) -> Result<()> {
    let code = |step: &&Step| {
        let action = chain.get(step.revision).action(step.direction, dialect);
        !plan.stamp && matches!(action, Action::Code(_))
    };
    let found: Vec<&str> = plan
        .steps
        .iter()
        .filter(code)
        .map(|step| chain.get(step.revision).id)
        .collect();
    let Some(first) = found.first() else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Code,
        format!(
            "`{}` is Rust code, which no script can call",
            found.join("`, `")
        ),
    )
    .with_revision(first)
    .with_help(
        "write scripts for the ranges before and after it, and run it with the app's own command",
    ))
}

/// What takes back all that a session was given takes back what a script keeps in it.
fn keeps_session(chain: &Chain<'_>, plan: &Plan, dialect: Dialect) -> Result<()> {
    let steps = plan.steps.iter().filter(|_| !plan.stamp);
    for step in steps.filter(|_| dialect == Dialect::Postgres) {
        let revision = chain.get(step.revision);
        let Action::Script(script) = revision.action(step.direction, dialect) else {
            continue;
        };
        for statement in sql::statements(script.text, dialect) {
            let text = script.text.get(statement.range.clone()).unwrap_or("");
            let mut words = text.split(|c: char| c.is_whitespace() || c == ';');
            let first = words.next().unwrap_or("");
            let takes_all = ["RESET", "DISCARD"]
                .iter()
                .any(|word| first.eq_ignore_ascii_case(word))
                && words
                    .find(|word| !word.is_empty())
                    .is_some_and(|word| word.eq_ignore_ascii_case("ALL"));
            if takes_all {
                let range = statement.range;
                let (place, snippet) = revision.locate(
                    chain.root,
                    script.offset + range.start..script.offset + range.end,
                );
                return Err(Error::new(
                    ErrorKind::Script,
                    format!(
                        "`{} ALL` takes back what a script for psql keeps of the session",
                        first.to_ascii_uppercase()
                    ),
                )
                .with_place(place, Some(snippet))
                .with_revision(revision.id)
                .with_help("name the settings, or run this revision without `--sql`"));
            }
        }
    }
    Ok(())
}

struct Writer<'w> {
    tables: Tables,
    dialect: Dialect,
    release: &'w str,
    run_id: &'w str,
    chain: &'w Chain<'w>,
    plan: &'w Plan,
    /// The tool whose databases the chain takes over.
    other: Option<Other<'w>>,
    text: String,
}

impl Writer<'_> {
    fn write(mut self, per_step: bool) -> Result<String> {
        let segments = self.plan.segments(self.chain, self.dialect, per_step);
        let mut heads: BTreeSet<usize> = self.plan.from.iter().copied().collect();
        self.opening(segments.iter().any(|segment| segment.foreign_keys_off));
        for segment in &segments {
            let before = heads.clone();
            for step in &self.plan.steps[segment.steps.clone()] {
                step.removes.iter().for_each(|at| {
                    heads.remove(at);
                });
                heads.extend(&step.adds);
            }
            if segment.in_transaction {
                self.transaction(segment, &before, &heads);
            } else {
                self.outside(segment, &before, &heads);
            }
        }
        Ok(self.text)
    }

    fn opening(&mut self, rebuilds: bool) {
        let at = |positions: &[usize]| match positions {
            [] => "base".to_owned(),
            positions => ids(self.chain, positions).join(", "),
        };
        let (first, program) = match self.dialect {
            Dialect::Sqlite => (".bail on", "sqlite3 DATABASE < FILE"),
            _ => ("\\set ON_ERROR_STOP on", "psql -f FILE URL"),
        };
        let opening = format!(
            "{first}\n-- Chain {}, from {} to {}. Run it with: {program}\n",
            self.chain.name,
            at(&self.plan.from),
            at(&self.plan.to)
        );
        self.text.push_str(&opening);
        match self.dialect {
            Dialect::Sqlite if rebuilds => self.text.push_str("PRAGMA foreign_keys = ON;\n"),
            Dialect::Sqlite => {}
            // What a script changes in the session is put back from here.
            _ => {
                let mut custom = Vec::new();
                for script in self.scripts() {
                    custom.extend(custom_settings::named(script));
                }
                custom.sort_unstable();
                custom.dedup();
                self.text.push_str(&offline_session::keep(&custom));
            }
        }
    }

    /// Steps that commit together.
    fn transaction(
        &mut self,
        segment: &Segment,
        before: &BTreeSet<usize>,
        after: &BTreeSet<usize>,
    ) {
        self.text.push('\n');
        if segment.foreign_keys_off {
            self.text
                .push_str("PRAGMA foreign_keys = OFF;\nPRAGMA legacy_alter_table = ON;\n");
        }
        self.begin(before);
        if segment.foreign_keys_off {
            self.text.push_str(
                "CREATE TEMP TABLE migrate_violations AS SELECT * FROM pragma_foreign_key_check;\n",
            );
        }
        for step in &self.plan.steps[segment.steps.clone()] {
            self.running(step);
            let action = self
                .chain
                .get(step.revision)
                .action(step.direction, self.dialect);
            if let (Action::Script(script), false) = (action, self.plan.stamp) {
                let text = script.text.trim_matches(['\r', '\n']);
                match self.after_preamble(text) {
                    Some((end, timeouts)) => {
                        let (preamble, rest) = text.split_at_checked(end).unwrap_or((text, ""));
                        self.text.push_str(preamble);
                        self.text.push_str(&format!("\n;\n{timeouts}"));
                        self.text.push_str(rest.trim_start_matches(['\r', '\n']));
                    }
                    None => self.text.push_str(text),
                }
                self.text.push_str("\n;\n");
                self.restore(script.text);
                if segment.foreign_keys_off && sql::mentions(text, "legacy_alter_table") {
                    self.text.push_str("PRAGMA legacy_alter_table = ON;\n");
                }
            }
            self.history(step);
        }
        if segment.foreign_keys_off {
            self.text.push_str(&guard::holds(
                "NOT EXISTS (SELECT * FROM pragma_foreign_key_check EXCEPT SELECT * FROM temp.migrate_violations)",
                "the rebuild would leave rows that refer to nothing: it was rolled back",
            ));
            self.text.push_str("DROP TABLE temp.migrate_violations;\n");
        }
        self.heads(before, after);
        self.text.push_str("COMMIT;\n");
        if segment.foreign_keys_off {
            self.text
                .push_str("PRAGMA legacy_alter_table = OFF;\nPRAGMA foreign_keys = ON;\n");
        }
    }

    /// A step that runs statement by statement. Where it stops, `resolve` finds how far it came.
    fn outside(&mut self, segment: &Segment, before: &BTreeSet<usize>, after: &BTreeSet<usize>) {
        let Some(step) = self.plan.steps.get(segment.steps.start) else {
            return;
        };
        let revision = self.chain.get(step.revision);
        let action = revision.action(step.direction, self.dialect);
        self.text.push('\n');
        self.begin(before);
        let beginnings = Beginnings::of(action);
        let in_progress =
            StepInProgress::new(revision.id, step.direction, &beginnings, self.run_id);
        let begins = self.tables.insert_in_progress(&in_progress);
        self.statement(&begins);
        self.text.push_str("COMMIT;\n");
        self.running(step);
        if let Action::Script(script) = action {
            let preamble = self.after_preamble(script.text);
            for (done, range) in script.statements.iter().enumerate() {
                let advance = |started, done| {
                    let advanced = in_progress.advanced(&beginnings, started, done);
                    self.tables.advance_in_progress(&advanced)
                };
                let (started, finished) = (advance(done + 1, done), advance(done + 1, done + 1));
                self.between(&started, script.text);
                self.text
                    .push_str(script.text.get(range.clone()).unwrap_or("").trim());
                self.text.push_str("\n;\n");
                if let Some((end, timeouts)) = &preamble
                    && range.end == *end
                {
                    self.text.push_str(timeouts);
                }
                self.between(&finished, script.text);
            }
            self.restore(script.text);
        }
        self.text.push_str("BEGIN;\n");
        let ends = self.tables.delete_in_progress();
        self.text.push_str(&ends);
        self.history(step);
        // The fingerprints were blanked meanwhile: every row is written anew.
        let all = self.ids(before);
        let sql = self.tables.update_heads(&slices(&all), &self.rows(after));
        self.text.push_str(&sql);
        self.text.push_str("COMMIT;\n");
    }

    fn begin(&mut self, before: &BTreeSet<usize>) {
        if self.dialect == Dialect::Sqlite {
            self.text.push_str("BEGIN IMMEDIATE;\n");
        } else {
            self.text.push_str("BEGIN;\n");
            let lock = guard::lock(&self.tables);
            self.text.push_str(&lock);
        }
        if before.is_empty() {
            let create = self.tables.create();
            self.statement(&create);
        }
        let heads: Vec<Fingerprint> = before
            .iter()
            .filter_map(|&at| self.chain.get(at).fingerprint(self.dialect))
            .collect();
        let shown: Vec<usize> = before.iter().copied().collect();
        let shown = match shown[..] {
            [] => "base".to_owned(),
            _ => ids(self.chain, &shown).join(", "),
        };
        let guard = guard::is_at(&self.tables, self.dialect, &heads, &shown);
        self.text.push_str(&guard);
    }

    /// Names the step, as the command does while it runs.
    fn running(&mut self, step: &Step) {
        let step = PlannedStep::of(self.chain, step, self.plan.stamp, None);
        // Writing to a String can't fail.
        let _ = writeln!(self.text, "\n-- Running {step}");
    }

    /// Puts the session back after a step.
    fn restore(&mut self, script: &str) {
        match self.dialect {
            Dialect::Postgres if may_change_session(script) => {
                self.text.push_str(&offline_session::restore());
            }
            Dialect::Sqlite => self.text.push_str(&pragmas::restore(script)),
            _ => {}
        }
    }

    /// A statement of ours between two of a step outside a transaction, whose settings hold on.
    fn between(&mut self, sql: &str, script: &str) {
        if self.dialect == Dialect::Postgres && may_change_session(script) {
            self.text.push_str("BEGIN;\n");
            self.text.push_str(offline_session::as_the_user());
            self.statement(sql);
            self.text.push_str("COMMIT;\n");
        } else {
            self.statement(sql);
        }
    }

    /// Where the statements of a script that nobody has decided on end, and what takes back what they have set.
    fn after_preamble(&self, script: &str) -> Option<(usize, String)> {
        match self.dialect {
            Dialect::Postgres => offline_session::after_preamble(script),
            _ => None,
        }
    }

    /// The text of each of the plan's scripts.
    fn scripts(&self) -> impl Iterator<Item = &str> {
        let plan = self.plan;
        let steps = plan.steps.iter().filter(|_| !plan.stamp);
        steps.filter_map(|step| {
            let revision = self.chain.get(step.revision);
            match revision.action(step.direction, self.dialect) {
                Action::Script(script) => Some(script.text),
                _ => None,
            }
        })
    }

    fn history(&mut self, step: &Step) {
        let act = Act::of_step(step.direction, self.plan.stamp);
        let record = record(self.chain, step.revision, act, self.dialect);
        let by = By {
            app_version: self.release,
            run_id: self.run_id,
        };
        let sql = self.tables.insert_log(&record, by, Timing::Server);
        self.statement(&sql);
        self.record_there(step);
    }

    /// Records a step of another tool's own there, too. PostgreSQL can look whether its table is there; on SQLite the
    /// statements are left to a person, unless the chain itself makes the table.
    fn record_there(&mut self, step: &Step) {
        let Some(other) = self.other.as_ref().filter(|_| !self.plan.stamp) else {
            return;
        };
        let (at, dialect) = (step.revision, self.dialect);
        let Some(sql) = adopt::record(other, self.chain, at, step.direction, dialect) else {
            return;
        };
        let sql = match (other.adoption.table, dialect) {
            (None, _) => format!("{sql};\n"),
            (Some(table), Dialect::Postgres) => format!(
                "DO $migrate$ BEGIN IF pg_catalog.to_regclass({}) IS NOT NULL THEN EXECUTE {}; END IF; END $migrate$;\n",
                literal(dialect, table),
                literal(dialect, &sql)
            ),
            (Some(table), _) => {
                let table = Name::of(table, dialect).table;
                let makes = |revision: &migrate_chain::Revision<'_>| {
                    let action = revision.action(Direction::Upgrade, dialect);
                    matches!(action, Action::Script(script) if mentions(script.text, &table))
                };
                if self.chain.revisions().iter().any(makes) {
                    format!("{sql};\n")
                } else {
                    let lines = sql.lines().map(|line| format!("--   {line}\n"));
                    let lines: String = lines.collect();
                    format!(
                        "-- Where {} has the table `{table}`:\n{lines}",
                        other.adoption.tool
                    )
                }
            }
        };
        self.text.push_str(&sql);
    }

    fn heads(&mut self, before: &BTreeSet<usize>, after: &BTreeSet<usize>) {
        let gone = self.ids(&before.difference(after).copied().collect());
        let come = self.rows(&after.difference(before).copied().collect());
        let sql = self.tables.update_heads(&slices(&gone), &come);
        self.text.push_str(&sql);
    }

    /// Under whichever id they may be recorded.
    fn ids(&self, positions: &BTreeSet<usize>) -> Vec<String> {
        let of = |&at: &usize| [Some(self.chain.get(at).id), self.chain.get(at).alias()];
        positions
            .iter()
            .flat_map(of)
            .flatten()
            .map(str::to_owned)
            .collect()
    }

    fn rows(&self, positions: &BTreeSet<usize>) -> Vec<(&str, Fingerprint)> {
        let of = |&at: &usize| {
            Some((
                self.chain.get(at).id,
                self.chain.get(at).fingerprint(self.dialect)?,
            ))
        };
        positions.iter().filter_map(of).collect()
    }

    fn statement(&mut self, sql: &str) {
        self.text.push_str(sql.trim_end().trim_end_matches(';'));
        self.text.push_str(";\n");
    }
}

fn slices(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}
