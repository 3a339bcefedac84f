//! Ctrl-C: the statement that runs is cancelled, the engine rolls back, and the command says so.
//! A second one ends the process at once; the database then rolls back by itself.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static CANCEL: Mutex<Option<Cancel>> = Mutex::new(None);

/// Asks a database to stop the statement that runs.
pub(crate) type Cancel = Box<dyn Fn() + Send>;

/// What shells report for a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// Listens, unless the app has a handler of its own already.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) || cancel().is_none() {
            process::exit(STATUS);
        }
        // Between two statements a request is lost, so it is repeated until the work has stopped.
        std::thread::spawn(|| {
            while cancel_once() {
                std::thread::sleep(Duration::from_millis(50));
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
    pub(crate) fn new(by: Cancel) -> Guard {
        *cancel() = Some(by);
        Guard(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *cancel() = None;
    }
}

/// False when the work has stopped. The lock is held meanwhile, not during the pause.
fn cancel_once() -> bool {
    match &*cancel() {
        Some(cancel) => {
            cancel();
            true
        }
        None => false,
    }
}

fn cancel() -> MutexGuard<'static, Option<Cancel>> {
    CANCEL.lock().unwrap_or_else(PoisonError::into_inner)
}
