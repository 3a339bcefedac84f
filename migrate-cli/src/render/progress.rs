use std::io::Write;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use migrate_runtime::Event;

use super::inline;

/// A run of fewer steps scrolls by as lines, on a terminal too.
const LONG: usize = 20;

/// Tells what the engine does, as it does it: `Running upgrade a -> b, msg`, a line each, or a bar
/// where a person waits for a long run.
pub(crate) struct Progress<'s> {
    err: &'s mut (dyn Write + Send),
    is_terminal: bool,
    is_quiet: bool,
    bar: Option<ProgressBar>,
    since: Instant,
}

impl<'s> Progress<'s> {
    pub(crate) fn new(
        err: &'s mut (dyn Write + Send),
        is_terminal: bool,
        is_quiet: bool,
    ) -> Progress<'s> {
        Progress {
            err,
            is_terminal,
            is_quiet,
            bar: None,
            since: Instant::now(),
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event<'_>) {
        if self.is_quiet {
            return;
        }
        // Before it happens: a person who watches can still stop it.
        if let Event::Planned { plan } = event {
            for note in &plan.notes {
                self.line(&format!("note: {note}"));
            }
        }
        match event {
            Event::Planned { plan } if plan.steps.iter().any(|step| step.stamp) => {
                for line in stamped(&plan.from, &plan.to) {
                    self.line(&line);
                }
            }
            Event::StepStarted { step, .. } if step.stamp => {}
            Event::Planned { plan } if self.is_terminal && plan.steps.len() > LONG => {
                self.bar = Some(bar(plan.steps.len()));
            }
            Event::StepStarted { step, number, .. } => match &self.bar {
                Some(bar) => {
                    let message = format!("{} {}", step.revision, step.message);
                    bar.set_message(inline(&message).into_owned());
                    bar.set_position(number.saturating_sub(1) as u64);
                }
                None => self.line(&format!("Running {step}")),
            },
            Event::Waiting { .. } | Event::Retrying { .. } => match &self.bar {
                Some(bar) => bar.set_message(inline(&event.to_string()).into_owned()),
                None => self.line(&event.to_string()),
            },
            _ => {}
        }
    }

    fn line(&mut self, line: &str) {
        // Whoever closed the stream doesn't want the run to fail for it.
        let _ = writeln!(self.err, "{}", inline(line));
    }

    /// Takes the bar away, and says in a line what it showed.
    ///
    /// `done`: how many steps, unless the run failed.
    pub(crate) fn finish(mut self, done: Option<usize>) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            let Some(done) = done else { return };
            let seconds = self.since.elapsed().as_secs_f64();
            self.line(&format!("{done} steps in {seconds:.1} s"));
        }
    }
}

/// `Running stamp_revision a -> b`: what is recorded, before and after, and not each step between.
fn stamped(from: &[String], to: &[String]) -> Vec<String> {
    let gone: Vec<&str> = from
        .iter()
        .filter(|id| !to.contains(id))
        .map(String::as_str)
        .collect();
    let come: Vec<&str> = to
        .iter()
        .filter(|id| !from.contains(id))
        .map(String::as_str)
        .collect();
    let line = |below: &str, id: &str| format!("Running stamp_revision {below} -> {id}");
    match come[..] {
        [] => vec![line(&gone.join(", "), "")],
        [first, ref others @ ..] => {
            let others = others.iter().map(|id| line("", id));
            [line(&gone.join(", "), first)]
                .into_iter()
                .chain(others)
                .collect()
        }
    }
}

fn bar(steps: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    // Its only mistake could be one in the template, and then the default bar will do.
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
