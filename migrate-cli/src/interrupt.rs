//! Ctrl-C and SIGTERM: the statement that runs is cancelled, and the engine tells what that left.
//! A second one ends the process at once; the database then rolls back by itself.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static WORK: Mutex<Work> = Mutex::new(Work::Nothing);

/// Asks a database to stop the statement that runs.
pub(crate) type Cancel = Box<dyn Fn() + Send>;

/// What shells report for a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// Longer than the engine takes to record what a cancelled statement left: a request that is
/// repeated sooner could cancel that.
const PAUSE: Duration = Duration::from_millis(500);

/// What an interrupt finds the command at.
enum Work {
    /// Nothing that a database would have to be told about.
    Nothing,
    /// Waiting for another process: no statement runs.
    Waiting(Cancel),
    Statements(Cancel),
}

/// Listens, unless the app has a handler of its own already.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            process::exit(STATUS);
        }
        match &*work() {
            Work::Nothing => process::exit(STATUS),
            Work::Waiting(_) => {
                eprintln!(
                    "error: interrupted while waiting for another process\n  \
                     = note: steps that were committed before stay; nothing else was changed"
                );
                process::exit(1);
            }
            Work::Statements(_) => {}
        }
        // Between two statements a request is lost, so it is repeated until the work has stopped.
        std::thread::spawn(|| {
            while cancel() {
                std::thread::sleep(PAUSE);
            }
        });
    });
}

/// True once somebody pressed Ctrl-C.
pub(crate) fn is_requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Until it is dropped, Ctrl-C cancels in place of ending the process.
pub(crate) struct Guard(());

impl Guard {
    pub(crate) fn new(cancel: Cancel) -> Guard {
        *work() = Work::Statements(cancel);
        Guard(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *work() = Work::Nothing;
    }
}

/// Whether the command waits for another process: Ctrl-C then ends it at once.
pub(crate) fn set_waiting(is_waiting: bool) {
    let mut work = work();
    *work = match (std::mem::replace(&mut *work, Work::Nothing), is_waiting) {
        (Work::Statements(cancel), true) => Work::Waiting(cancel),
        (Work::Waiting(cancel), false) => Work::Statements(cancel),
        (work, _) => work,
    };
}

/// Sends the request. False when the work has stopped.
fn cancel() -> bool {
    match &*work() {
        Work::Statements(cancel) | Work::Waiting(cancel) => {
            cancel();
            true
        }
        Work::Nothing => false,
    }
}

fn work() -> MutexGuard<'static, Work> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}
