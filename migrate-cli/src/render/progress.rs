use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use migrate_runtime::{Event, Plan, PlannedStep};

use super::inline;

/// A run of fewer steps scrolls by as lines, on a terminal too.
const LONG: usize = 20;

/// Tells what the engine does, as it does it. Off a terminal: `Running upgrade a -> b, msg`, a line each. On one the
/// line turns and counts while the step runs, and then says how long it took; a long run has a bar.
pub(crate) struct Progress<'s> {
    err: &'s mut (dyn Write + Send),
    is_terminal: bool,
    is_quiet: bool,
    /// Of a long run.
    bar: Option<ProgressBar>,
    /// Of what goes on now, and what stays of it where it comes to nothing.
    spinner: Option<(ProgressBar, String)>,
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
            spinner: None,
            since: Instant::now(),
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event<'_>) {
        if self.is_quiet {
            return;
        }
        match event {
            Event::Planned { plan } => self.planned(plan),
            Event::StepStarted { step, .. } | Event::StepFinished { step, .. }
                if is_stamp(step) => {}
            Event::StepStarted { step, number, .. } => match &self.bar {
                Some(bar) => {
                    let message = format!("{} {}", step.revision, step.message);
                    bar.set_message(inline(&message).into_owned());
                    bar.set_position(number.saturating_sub(1) as u64);
                }
                None if self.is_terminal => self.spin(format!("Running {step}")),
                None => self.line(&format!("Running {step}")),
            },
            Event::StepFinished { step, duration, .. }
                if self.is_terminal && self.bar.is_none() =>
            {
                self.rest();
                self.line(&format!("Running {step} ({:.1} s)", duration.as_secs_f64()));
            }
            Event::Waiting { .. } | Event::Retrying { .. } => {
                let told = inline(&event.to_string()).into_owned();
                match (&self.bar, &self.spinner) {
                    (Some(bar), _) => bar.set_message(told),
                    (None, Some((_, what))) if *what == told => {}
                    _ if self.is_terminal => {
                        self.rest();
                        self.spin(told);
                    }
                    _ => self.line(&told),
                }
            }
            _ => {}
        }
    }

    /// Before it happens: a person who watches can still stop it.
    fn planned(&mut self, plan: &Plan) {
        self.rest();
        for note in &plan.notes {
            self.line(&format!("note: {note}"));
        }
        if plan.steps.iter().any(is_stamp) {
            for line in stamped(&plan.from, &plan.to) {
                self.line(&line);
            }
        } else if self.is_terminal && plan.steps.len() > LONG {
            self.bar = Some(bar(plan.steps.len()));
        }
    }

    fn line(&mut self, line: &str) {
        // Whoever closed the stream doesn't want the run to fail for it.
        let _ = writeln!(self.err, "{}", inline(line));
    }

    /// Shows that something goes on, and since when.
    fn spin(&mut self, what: String) {
        self.rest();
        self.spinner = Some((spinner(inline(&what).into_owned()), what));
    }

    /// Takes away what turned; what it was.
    fn rest(&mut self) -> Option<String> {
        let (spinner, what) = self.spinner.take()?;
        spinner.finish_and_clear();
        Some(what)
    }

    /// Takes away what moved, and says in a line how long all of it took.
    ///
    /// `done`: how many steps, unless the run failed.
    pub(crate) fn finish(mut self, done: Option<usize>) {
        let turned = self.rest();
        let had_bar = self
            .bar
            .take()
            .inspect(ProgressBar::finish_and_clear)
            .is_some();
        match (done, turned) {
            // The step that failed stays named.
            (None, Some(what)) => self.line(&what),
            (Some(done @ 2..), _) if (self.is_terminal || had_bar) && !self.is_quiet => {
                let seconds = self.since.elapsed().as_secs_f64();
                self.line(&format!("{done} steps in {seconds:.1} s"));
            }
            _ => {}
        }
    }
}

/// True for a step that a person has recorded, and not for one that another tool has applied.
fn is_stamp(step: &PlannedStep) -> bool {
    step.stamp && step.adopted_from.is_none()
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

/// How often what moves is drawn.
const TICK: Duration = Duration::from_millis(100);

fn bar(steps: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    moving(bar, "{bar:20} {pos}/{len} {elapsed} {wide_msg}")
}

fn spinner(what: String) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    moving(spinner.with_message(what), "{spinner} {elapsed} {wide_msg}")
}

fn moving(bar: ProgressBar, template: &str) -> ProgressBar {
    // Its only mistake could be one in the template, and then the default bar will do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        // Each terminal has these characters.
        bar.set_style(style.tick_chars("|/-\\ ").progress_chars("#>-"));
    }
    bar.enable_steady_tick(TICK);
    bar
}
