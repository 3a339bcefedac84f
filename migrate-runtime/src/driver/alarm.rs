//! An end to a read that a lock holds up, from the side: a statement that has begun can't be limited any more, and one
//! that sets a limit before it would be a second one.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;
#[cfg(feature = "tokio-postgres")]
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

/// What happens after some time, and again until the alarm is dropped, on a thread of its own: so no timer of any particular
/// runtime is needed. Dropped before, nothing happens.
pub(super) struct Alarm {
    state: Arc<Mutex<State>>,
    /// Dropped with the alarm, which ends the thread.
    _set: Sender<()>,
}

#[derive(Default)]
struct State {
    has_rung: bool,
    waker: Option<Waker>,
}

/// After so long it rings again: whatever it called may have come too early to be heard.
const AGAIN: Duration = Duration::from_millis(500);

impl Alarm {
    /// Calls something after some time, unless the alarm is gone by then. Without a thread to be had, it never rings.
    pub(super) fn set(after: Duration, ring: impl Fn() + Send + 'static) -> Alarm {
        let state = Arc::new(Mutex::new(State::default()));
        let (set, waits) = channel();
        let alarm = Arc::clone(&state);
        let _ = thread::Builder::new().spawn(move || {
            let mut time = after;
            while waits.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                let mut state = alarm.lock().unwrap_or_else(PoisonError::into_inner);
                state.has_rung = true;
                // Whoever asks meanwhile waits for the lock, until it is through.
                ring();
                if let Some(waker) = state.waker.take() {
                    waker.wake();
                }
                time = AGAIN;
            }
        });
        Alarm { state, _set: set }
    }

    /// True once it has rung; then what it called is through.
    #[cfg(feature = "postgres")]
    pub(super) fn has_rung(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_rung
    }

    /// Ready each time that it has rung.
    #[cfg(feature = "tokio-postgres")]
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.has_rung) {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
