//! The feature `tracing`: a span for each run, an event for each step that was committed, and nothing else.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use migrate_runtime::{Migrator, Transactions};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Engine, Versions};

on_both!(a_run_is_a_span_and_a_step_an_event);

thread_local! {
    /// What this thread's test is told: interest in an event is settled once for all threads, so they share a subscriber.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// How many spans this thread is in.
    static INSIDE: Cell<usize> = const { Cell::new(0) };
}

/// Writes down what it is told, fields and all.
struct Notebook;

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let name = field.name();
        // Times and the run's id are never twice the same.
        if name.ends_with("_ms") || name == "run_id" {
            write!(self.0, " {name}").unwrap();
        } else {
            write!(self.0, " {name}={value:?}").unwrap();
        }
    }
}

fn note(what: String) {
    LINES.with_borrow_mut(|lines| lines.push(what));
}

impl Subscriber for Notebook {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("migrate")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        note(format!("span {}{}", span.metadata().name(), fields.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let inside = INSIDE.get() > 0;
        let level = event.metadata().level();
        note(format!("{level}{} inside: {inside}", fields.0));
    }

    fn enter(&self, _: &Id) {
        INSIDE.set(INSIDE.get() + 1);
    }

    fn exit(&self, _: &Id) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

fn a_run_is_a_span_and_a_step_an_event<E: Engine>() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "")
        .sql("c1", "b1", "SELEC 1;", "")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    // Whichever test comes second finds it set.
    let _ = tracing::subscriber::set_global_default(Notebook);
    LINES.take();
    chain.upgrade(&mut client, "a1").unwrap();
    // b1 is rolled back with c1: it is no step that was taken.
    chain.run(&mut client).unwrap_err();
    let mut each = Migrator::new(&chain).transactions(Transactions::PerStep);
    each.run(&mut client).unwrap_err();
    let lines = LINES.take();
    let dialect = E::DIALECT.name();
    let span = format!("span migrate chain=\"main\" dialect=\"{dialect}\" run_id");
    let step = |id: &str| {
        format!(
            "INFO message=make {id} revision=\"{id}\" direction=\"upgrade\" duration_ms inside: true"
        )
    };
    let planned = |n: usize| format!("INFO message=planned steps={n} inside: true");
    let committed = |id: &str| format!("INFO message=committed heads=\"{id}\" inside: true");
    assert_eq!(
        lines,
        [
            span.clone(),
            planned(1),
            committed("a1"),
            step("a1"),
            span.clone(),
            planned(2),
            span,
            planned(2),
            committed("b1"),
            step("b1"),
        ]
    );
}
