use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use crate::driver::{Driver, ready};
use crate::{AsyncContext, Context, Error, ErrorKind, Function, Migrations, Result};

/// Calls the function of a Rust-coded revision with the live connection. A panic in it becomes an
/// error, where unwinding is on.
pub(super) async fn call<D: Driver>(
    driver: &mut D,
    function: Function,
    revision: &str,
    migrations: &Migrations,
) -> Result<()> {
    match function {
        Function::Sync(function) => {
            let mut context = Context::new(driver.live(), revision, migrations);
            // The connection is used again only to roll back.
            let called = catch_unwind(AssertUnwindSafe(|| function(&mut context)));
            called.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
        }
        Function::Async(function) => {
            let mut context = AsyncContext::new(driver.live(), revision, migrations);
            let called = caught(function(&mut context));
            if !D::BLOCKING {
                return called.await;
            }
            ready(called).unwrap_or_else(|| {
                Err(Error::new(
                    ErrorKind::Code,
                    "it awaits something other than the database, which a blocking driver never gets done",
                ))
            })
        }
    }
}

async fn caught(future: impl Future<Output = Result<()>>) -> Result<()> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| std::task::Poll::Ready(Err(panicked(panic.as_ref()))))
    })
    .await
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::new(ErrorKind::Code, format!("it panicked: {text}"))
}
