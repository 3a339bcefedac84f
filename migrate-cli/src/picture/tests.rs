//! What a picture promises, asserted from its geometry, on schemas of all shapes.

use std::collections::BTreeSet;

use migrate_chain::Dialect;
use migrate_schema::introspect::Ignore;
use migrate_schema::model::Schema;
use migrate_schema::scratch::{Scratch, introspect};

use super::diagram::{Diagram, State};
use super::layout::{Layout, Point, layout};
use super::measure::{self, HEADER, PAD, ROW, cells};
use super::mermaid::mermaid;
use super::svg::{graph, svg};

fn schema(script: &str) -> Schema {
    introspect(script, &Scratch::Sqlite, &Ignore::default()).unwrap()
}

/// A schema of so many tables, with keys that a small generator picks: to tables before and after, and to itself.
fn made_up(tables: usize, keys: usize, seed: u64) -> Schema {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    let mut script = String::new();
    for table in 0..tables {
        script.push_str(&format!(
            "CREATE TABLE table_{table} (id INTEGER PRIMARY KEY"
        ));
        for column in 0..below(9) {
            let null = if below(2) == 0 { " NOT NULL" } else { "" };
            script.push_str(&format!(
                ", {}_{column} TEXT{null}",
                "column".repeat(below(3) + 1)
            ));
        }
        for key in 0..below(keys + 1) {
            // A few are what most refer to.
            let other = if below(3) == 0 {
                below(3.min(tables))
            } else {
                below(tables)
            };
            let unique = if below(4) == 0 { " UNIQUE" } else { "" };
            script.push_str(&format!(
                ", key_{key}{unique} REFERENCES table_{other} (id)"
            ));
        }
        script.push_str(");\n");
    }
    schema(&script)
}

/// Everything that a picture promises.
fn assert_promises(diagram: &Diagram, what: &str) {
    let graph = graph(diagram);
    let laid = layout(&graph);
    let rect = |at: usize| {
        let (place, size) = (laid.boxes[at], graph.boxes[at]);
        (
            place.x,
            place.y,
            place.x + size.width,
            place.y + size.height,
        )
    };
    for one in 0..graph.boxes.len() {
        let (left, top, right, bottom) = rect(one);
        assert!(left >= 0 && top >= 0, "{what}: box {one} is cut off");
        assert!(
            right <= laid.width && bottom <= laid.height,
            "{what}: box {one} is cut off"
        );
        for other in one + 1..graph.boxes.len() {
            let (from, above, to, below) = rect(other);
            let is_apart = right < from || to < left || bottom < above || below < top;
            assert!(is_apart, "{what}: boxes {one} and {other} overlap");
        }
    }
    for (edge, line) in diagram.edges.iter().zip(&laid.lines) {
        let label = &edge.label;
        for (end, (table, row)) in [(line.first(), edge.from), (line.last(), edge.to)] {
            let end = end.unwrap();
            let (left, top, right, _) = rect(table);
            assert!(
                end.x == left || end.x == right,
                "{what}: {label} ends beside its table"
            );
            let row = top + HEADER + ROW * i64::try_from(row).unwrap();
            assert!(
                (row..=row + ROW).contains(&end.y),
                "{what}: {label} ends off its row"
            );
        }
        for pair in line.windows(2) {
            let [from, to] = pair else { continue };
            assert!(
                from.x == to.x || from.y == to.y,
                "{what}: {label} is not orthogonal"
            );
            assert!(from != to, "{what}: {label} stands still");
            assert!(
                from.x.max(to.x) <= laid.width && from.x.min(to.x) >= 0,
                "{what}: {label} is cut off"
            );
            for at in 0..graph.boxes.len() {
                let (left, top, right, bottom) = rect(at);
                let is_outside = from.x.max(to.x) <= left
                    || from.x.min(to.x) >= right
                    || from.y.max(to.y) < top
                    || from.y.min(to.y) > bottom;
                assert!(is_outside, "{what}: {label} runs through box {at}");
            }
        }
    }
    assert_apart(diagram, &laid, what);
    for table in &diagram.tables {
        let cells = cells(table);
        assert!(
            measure::text(&table.title) + 2 * PAD <= cells.width,
            "{what}: {}",
            table.title
        );
        for row in &table.rows {
            let texts = [
                (PAD, row.key, cells.name),
                (cells.name, row.name.as_str(), cells.kind),
                (
                    cells.kind,
                    row.kind.as_str(),
                    cells.null - measure::text(row.null),
                ),
            ];
            for (from, text, to) in texts.into_iter().filter(|_| !row.is_note()) {
                assert!(
                    from + measure::text(text) <= to,
                    "{what}: {text} of {}",
                    table.title
                );
            }
            assert!(
                PAD + measure::text(&row.name) <= cells.width,
                "{what}: {}",
                row.name
            );
        }
    }
    assert_eq!(
        svg(diagram, "one", "two"),
        svg(diagram, "one", "two"),
        "{what}"
    );
}

/// Lines to different rows may cross, but none lies on another.
fn assert_apart(diagram: &Diagram, laid: &Layout, what: &str) {
    type Span = (bool, i64, i64, i64);
    let mut spans: Vec<(Span, usize)> = Vec::new();
    for (at, line) in laid.lines.iter().enumerate() {
        for pair in line.windows(2) {
            let [Point { x, y }, to] = pair else { continue };
            spans.push(if *x == to.x {
                ((true, *x, (*y).min(to.y), (*y).max(to.y)), at)
            } else {
                ((false, *y, (*x).min(to.x), (*x).max(to.x)), at)
            });
        }
    }
    for (nth, (one, of_one)) in spans.iter().enumerate() {
        for (other, of_other) in &spans[nth + 1..] {
            let (one_edge, other_edge) = (&diagram.edges[*of_one], &diagram.edges[*of_other]);
            let is_same_way = one.0 == other.0 && one.1 == other.1;
            let common = one.3.min(other.3) - one.2.max(other.2);
            if is_same_way && common > 0 && one_edge.to != other_edge.to {
                panic!("{what}: {} lies on {}", one_edge.label, other_edge.label);
            }
        }
    }
}

#[test]
fn pictures_keep_their_promises() {
    let shapes = [
        ("nothing", ""),
        ("alone", "CREATE TABLE a (id INTEGER PRIMARY KEY);"),
        ("itself", "CREATE TABLE a (id INTEGER PRIMARY KEY, parent REFERENCES a (id), other REFERENCES a (id));"),
        (
            "a circle",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b (id));
             CREATE TABLE b (id INTEGER PRIMARY KEY, c REFERENCES c (id));
             CREATE TABLE c (id INTEGER PRIMARY KEY, a REFERENCES a (id), b REFERENCES b (id));",
        ),
        (
            "a key that is one of its own table's",
            "CREATE TABLE a (id INTEGER PRIMARY KEY REFERENCES b (id));
             CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES c (id), c REFERENCES c (id), d REFERENCES c (id));
             CREATE TABLE c (id INTEGER PRIMARY KEY, a REFERENCES a (id));",
        ),
        (
            "several columns",
            "CREATE TABLE a (x int, y int, z int, PRIMARY KEY (x, y));
             CREATE TABLE b (x int, y int, FOREIGN KEY (x, y) REFERENCES a (x, y), FOREIGN KEY (y) REFERENCES c (id));
             CREATE TABLE c (id INTEGER PRIMARY KEY);",
        ),
    ];
    for (what, script) in shapes {
        assert_promises(&Diagram::of_schema(&schema(script)), what);
    }
    for seed in 1..40 {
        let tables = usize::try_from(seed).unwrap() + 1;
        let diagram = Diagram::of_schema(&made_up(tables, 3, seed));
        assert_promises(&diagram, &format!("{tables} tables, seed {seed}"));
    }
}

#[test]
fn two_hundred_tables_are_drawn() {
    let diagram = Diagram::of_schema(&made_up(200, 3, 7));
    let start = std::time::Instant::now();
    let text = svg(&diagram, "many", "");
    eprintln!(
        "200 tables, {} keys: {:?}",
        diagram.edges.len(),
        start.elapsed()
    );
    assert!(text.matches("class=\"box\"").count() == 200);
    assert_promises(&diagram, "200 tables");
}

#[test]
fn what_is_named_like_markup_is_text() {
    let schema = schema(
        "CREATE TABLE \"a<b>&\"\"'c\" (id INTEGER PRIMARY KEY, \"]]><script>\" \"ty&pe<\" DEFAULT '<&>');
         CREATE TABLE d (e REFERENCES \"a<b>&\"\"'c\" (id));",
    );
    let text = svg(&Diagram::of_schema(&schema), "<i> & \u{1}", "--> \"");
    for part in [
        "&lt;script&gt;",
        "a&lt;b&gt;&amp;&quot;&#39;c",
        "&lt;i&gt; &amp; \u{fffd}",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script") && !text.contains('\u{1}'));
    let tags: BTreeSet<&str> = (text.split('<').skip(1))
        .map(|rest| {
            rest.split(|sign: char| !sign.is_ascii_lowercase())
                .next()
                .unwrap()
        })
        .collect();
    let known = [
        "", "circle", "g", "path", "rect", "style", "svg", "text", "title",
    ];
    assert_eq!(tags, BTreeSet::from(known));
    let names = mermaid(&Diagram::of_schema(&schema));
    assert!(names.contains("\"a<b>&#quot;'c\" {"), "{names}");
}

#[test]
fn mermaid_says_keys_and_how_many() {
    let schema = schema(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, name \"double precision\" NOT NULL UNIQUE);
         CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a (id), a_id int NOT NULL REFERENCES a (id), c int REFERENCES a (id));",
    );
    expect_test::expect![[r#"
        erDiagram
            "a" {
                INTEGER id PK
                double_precision name UK
            }
            "b" {
                INTEGER id PK, FK
                INT a_id FK
                INT c FK "NULL"
            }
            "a" ||--o| "b" : "id"
            "a" ||--o{ "b" : "a_id"
            "a" |o--o{ "b" : "c"
    "#]]
    .assert_eq(&mermaid(&Diagram::of_schema(&schema)));
}

#[test]
fn a_large_schema_shows_what_changes() {
    let mut script = "CREATE TABLE hub (id INTEGER PRIMARY KEY, name TEXT);\n".to_owned();
    for table in 0..30 {
        script.push_str(&format!(
            "CREATE TABLE t{table} (id INTEGER PRIMARY KEY, a TEXT, hub REFERENCES hub (id), next REFERENCES t{} (id));\n",
            (table + 1) % 30
        ));
    }
    let before = schema(&script);
    for (more, tables) in [
        // Whatever refers to the hub is only counted.
        ("ALTER TABLE hub ADD COLUMN x TEXT;", vec!["hub"]),
        (
            "ALTER TABLE t3 ADD COLUMN x TEXT;",
            vec!["hub", "t2", "t3", "t4"],
        ),
        (
            "CREATE TABLE new (t5 REFERENCES t5 (id));",
            vec!["new", "t5"],
        ),
    ] {
        let after = schema(&format!("{script}{more}"));
        let changes = migrate_schema::diff::diff(
            &before,
            &after,
            &migrate_schema::hints::Hints::default(),
            &migrate_schema::diff::Answers::new(),
        );
        let diagram = Diagram::of_changes(&changes.unwrap()).unwrap();
        let names: Vec<&str> = diagram
            .tables
            .iter()
            .map(|one| one.title.as_str())
            .collect();
        assert_eq!(names, tables, "{more}");
        let all = if more.contains("CREATE") { 32 } else { 31 };
        assert_eq!(diagram.left_out + names.len(), all, "{more}");
        assert!(diagram.tables.iter().any(|one| one.state != State::Same));
        assert_promises(&diagram, more);
    }
    let none = schema(&script);
    let changes = migrate_schema::diff::diff(
        &before,
        &none,
        &migrate_schema::hints::Hints::default(),
        &migrate_schema::diff::Answers::new(),
    );
    assert!(Diagram::of_changes(&changes.unwrap()).is_none());
    assert_eq!(before.dialect, Dialect::Sqlite);
}
