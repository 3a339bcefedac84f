//! `tracing`, behind the feature of that name: a span for each run, an event for each step and for
//! all that an observer is told. Nothing else in the crate logs.

#[cfg(feature = "tracing")]
mod on {
    use crate::Event;
    use crate::report::StepReport;

    /// The span of a run.
    #[derive(Debug)]
    pub(crate) struct Span(tracing::Span);

    impl Span {
        /// True where what is told is recorded.
        pub(crate) const IS_ON: bool = true;

        pub(crate) fn new<'r>(
            chain: &str,
            dialect: migrate_chain::Dialect,
            run_id: impl FnOnce() -> &'r String,
        ) -> Span {
            let run_id = run_id().as_str();
            Span(tracing::info_span!(
                "migrate",
                chain,
                dialect = dialect.name(),
                run_id
            ))
        }

        pub(crate) fn event(&self, event: &Event<'_>) {
            self.0.in_scope(|| match event {
                Event::Waiting { waited, holder } => {
                    tracing::warn!(
                        waited_ms = ms(*waited),
                        holder,
                        "waiting for the migration lock"
                    );
                }
                Event::Retrying {
                    attempt, reason, ..
                } => {
                    tracing::warn!(attempt, reason, "trying again");
                }
                Event::Planned { plan } => tracing::info!(steps = plan.steps.len(), "planned"),
                Event::Committed { heads } => tracing::info!(heads = heads.join(", "), "committed"),
                // Told once each, when it is known that they count.
                Event::StepStarted { .. } | Event::StepFinished { .. } => {}
            });
        }

        pub(crate) fn step(&self, report: &StepReport) {
            let StepReport { step, duration } = report;
            self.0.in_scope(|| {
                tracing::info!(
                    revision = step.revision,
                    direction = step.direction.name(),
                    duration_ms = ms(*duration),
                    "{}",
                    step.message
                );
            });
        }
    }

    fn ms(time: std::time::Duration) -> f64 {
        time.as_secs_f64() * 1000.0
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::Event;
    use crate::report::StepReport;

    /// Stands where a span does when the feature is off.
    #[derive(Debug)]
    pub(crate) struct Span;

    impl Span {
        pub(crate) const IS_ON: bool = false;

        pub(crate) fn new<'r>(
            _: &str,
            _: migrate_chain::Dialect,
            _: impl FnOnce() -> &'r String,
        ) -> Span {
            Span
        }

        pub(crate) fn event(&self, _: &Event<'_>) {}

        pub(crate) fn step(&self, _: &StepReport) {}
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) use off::Span;
#[cfg(feature = "tracing")]
pub(crate) use on::Span;
