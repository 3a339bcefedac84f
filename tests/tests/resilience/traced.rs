//! The feature `tracing`: a span for each run, an event for each step that was committed, and nothing else.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use migrate_runtime::{Migrator, Transactions};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Engine, Versions};

on_both!(a_run_is_a_span_and_a_step_an_event);

/// Writes down what it is told, fields and all.
#[derive(Default)]
struct Notebook {
    lines: Mutex<Vec<String>>,
    spans: AtomicU64,
    inside: Mutex<Vec<u64>>,
}

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

impl Notebook {
    fn note(&self, what: String) {
        self.lines.lock().unwrap().push(what);
    }
}

impl Subscriber for &'static Notebook {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("migrate")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        self.note(format!("span {}{}", span.metadata().name(), fields.0));
        Id::from_u64(self.spans.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let inside = !self.inside.lock().unwrap().is_empty();
        let level = event.metadata().level();
        self.note(format!("{level}{} inside: {inside}", fields.0));
    }

    fn enter(&self, span: &Id) {
        self.inside.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.inside.lock().unwrap().pop();
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
    let notebook: &'static Notebook = Box::leak(Box::default());
    tracing::subscriber::with_default(notebook, || {
        chain.upgrade(&mut client, "a1").unwrap();
        // b1 is rolled back with c1: it is no step that was taken.
        chain.run(&mut client).unwrap_err();
        let mut each = Migrator::new(&chain).transactions(Transactions::PerStep);
        each.run(&mut client).unwrap_err();
    });
    let lines = notebook.lines.lock().unwrap();
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
        *lines,
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
