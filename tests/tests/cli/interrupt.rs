//! Ctrl-C, sent to a real process while a statement runs: what is told is what happened.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use expect_test::expect;
use migrate_chain::Dialect;
use migrate_tests::Shared as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Database, OURS, Project};

on_both![
    a_transaction_is_rolled_back,
    statements_outside_a_transaction_stay,
    a_wait_for_the_lock_ends,
];

/// A statement that would run for minutes, and says where it is seen.
fn endless<D: Database>() -> &'static str {
    match D::DIALECT {
        Dialect::Postgres => "SELECT pg_sleep(600)",
        _ => {
            "INSERT INTO slow WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
             SELECT count(*) FROM n WHERE x < 0"
        }
    }
}

fn project<D: Database>(database: &D, properties: &str) -> Project {
    let text = format!(
        "-- slow\n-- revision: s1\n-- down_revision: ae10\n\n-- upgrade{properties}\n\
         CREATE TABLE slow (x integer);\nINSERT INTO slow VALUES (1);\n{};\n\n-- downgrade: nothing\n",
        endless::<D>()
    );
    Project::new()
        .revision("ae10", "none", "create users", "")
        .file("versions/s1.sql", &text)
        .on(database)
}

/// The command line as a process of its own, up to the line that it was waited for.
struct Running {
    child: Child,
    err: BufReader<ChildStderr>,
    text: String,
}

impl Running {
    fn start(project: &Project, words: &[&str], until: &str) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_migrate"))
            .args(words)
            .current_dir(project.dir())
            .envs(project.all_variables())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        while !text.contains(until) {
            assert_ne!(err.read_line(&mut text).unwrap(), 0, "it ended:\n{text}");
        }
        Running { child, err, text }
    }

    /// Presses Ctrl-C, and tells what it printed and how it ended.
    fn interrupt(mut self) -> (String, Option<i32>) {
        let since = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.err.read_to_string(&mut self.text).unwrap();
        let status = self.child.wait().unwrap();
        assert!(since.elapsed() < Duration::from_secs(20), "{}", self.text);
        let mut out = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut out).unwrap();
        (out + &std::mem::take(&mut self.text), status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended by itself where it was interrupted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `upgrade`, and interrupts it while the slow statement runs.
fn interrupted(project: &Project) -> (String, Option<i32>) {
    let running = Running::start(project, &["upgrade"], "-> s1");
    // The line stands before the statement is sent, and SQLite shows nobody what it works at.
    std::thread::sleep(Duration::from_millis(500));
    let (text, code) = running.interrupt();
    (project.settled(&text), code)
}

fn a_transaction_is_rolled_back<D: Database>() {
    let database = D::new();
    let before = database.dump_without(&[]);
    let (text, code) = interrupted(&project(&database, ""));
    match D::DIALECT {
        Dialect::Postgres => expect![[r#"
            Running upgrade  -> ae10, create users
            Running upgrade ae10 -> s1, slow
            error: versions/s1.sql:8:1: interrupted: the upgrade of `s1` failed
            canceling statement due to user request
              --> versions/s1.sql:8:1
               |
             8 | SELECT pg_sleep(600);
               | ^^^^^^^^^^^^^^^^^^^^^
              = note: its transaction was rolled back: the database is as it was before it
        "#]].assert_eq(&text),
        _ => expect![[r#"
            Running upgrade  -> ae10, create users
            Running upgrade ae10 -> s1, slow
            error: versions/s1.sql:8:1: interrupted: the upgrade of `s1` failed
            interrupted
              --> versions/s1.sql:8:1
               |
             8 | INSERT INTO slow WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE x < 0;
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = note: its transaction was rolled back: the database is as it was before it
        "#]].assert_eq(&text),
    }
    assert_eq!(code, Some(1));
    assert_eq!(database.dump_without(&[]), before);
}

fn statements_outside_a_transaction_stay<D: Database>() {
    let database = D::new();
    let project = project(&database, " (no transaction)");
    let (text, code) = interrupted(&project);
    match D::DIALECT {
        Dialect::Postgres => expect![[r#"
            Running upgrade  -> ae10, create users
            Running upgrade ae10 -> s1, slow
            error: versions/s1.sql:8:1: interrupted: the upgrade of `s1` failed at statement 3 of 3
            canceling statement due to user request
              --> versions/s1.sql:8:1
               |
             8 | SELECT pg_sleep(600);
               | ^^^^^^^^^^^^^^^^^^^^^
              = note: it runs outside a transaction: the 2 statements before it are done and recorded; the next start goes on at this one, which may be mended until then, and what follows it
              = note: 1 of the plan's steps were committed before, up to `ae10`: they remain
        "#]].assert_eq(&text),
        _ => expect![[r#"
            Running upgrade  -> ae10, create users
            Running upgrade ae10 -> s1, slow
            error: versions/s1.sql:8:1: interrupted: the upgrade of `s1` failed at statement 3 of 3
            interrupted
              --> versions/s1.sql:8:1
               |
             8 | INSERT INTO slow WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE x < 0;
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = note: it runs outside a transaction: the 2 statements before it are done and recorded; the next start goes on at this one, which may be mended until then, and what follows it
              = note: 1 of the plan's steps were committed before, up to `ae10`: they remain
        "#]].assert_eq(&text),
    }
    assert_eq!(code, Some(1));
    let dump = database.dump_without(OURS);
    assert!(dump.contains("slow"), "{dump}");
}

fn a_wait_for_the_lock_ends<D: Database>() {
    let database = D::new();
    let project = project(&database, "");
    let holder = Running::start(&project, &["upgrade"], "-> s1");
    let waiting = Running::start(&project, &["upgrade"], "waiting");
    let (text, code) = waiting.interrupt();
    let text = text.lines().filter(|line| !line.starts_with("waiting"));
    let text: String = text.map(|line| format!("{line}\n")).collect();
    expect![[r#"
        error: interrupted while waiting for another process
          = note: steps that were committed before stay; nothing else was changed
    "#]]
    .assert_shared(&text);
    assert_eq!(code, Some(1));
    holder.interrupt();
}
