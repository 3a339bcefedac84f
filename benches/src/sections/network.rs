//! 7. A fresh apply over a network, and its round trips.

use std::thread;
use std::time::Duration;

use migrate_tests::Proxy;

use super::{Ready, limit, statements};
use crate::contender::Program;
use crate::report::{Cell, Table};
use crate::stats::Samples;
use crate::{Base, Bench, Result};

/// What each request and each reply is held back for.
const DELAY: Duration = Duration::from_millis(20);

pub(crate) fn run(bench: &mut Bench, count: usize) -> Result<Table> {
    let everyone = bench.ready(Base::Postgres, count, Program::Bench);
    let mut table = Table::new(
        format!("7. Fresh apply over a network, PostgreSQL, N = {count}"),
        "Through a proxy that adds 20 ms each way. All but ours and the limit wait for the network nearly all the time, so \
         they run side by side, once; those two run alone. Who is not done after two minutes is stopped.",
        &["time", "statements", "round trips"],
    );
    let one = |ready: &Ready, proxy: &Proxy| -> Result<Samples> {
        let mut samples = Samples::default();
        samples.push(ready.figures("apply", &proxy.url())?.get("ns")?);
        Ok(samples)
    };
    let databases: Vec<_> = everyone
        .iter()
        .map(|_| bench.scratch.server().database())
        .collect();
    let proxies: Vec<Proxy> = databases.iter().map(Proxy::new).collect();
    proxies.iter().for_each(|proxy| proxy.delay(DELAY));
    let mut times: Vec<Option<Result<Samples>>> = Vec::new();
    for (ready, proxy) in everyone.iter().zip(&proxies) {
        let alone = ready.entry.variant.is_empty() && ready.entry.contender.is_own();
        times.push(alone.then(|| one(ready, proxy)));
    }
    thread::scope(|scope| {
        for ((ready, proxy), time) in everyone.iter().zip(&proxies).zip(&mut times) {
            if time.is_none() {
                scope.spawn(|| *time = Some(one(ready, proxy)));
            }
        }
    });
    let limit = limit(&everyone).and_then(|at| times.get(at)?.as_ref()?.as_ref().ok());
    for ((ready, proxy), time) in everyone.iter().zip(&proxies).zip(&times) {
        let traffic = proxy.traffic();
        let (statements, trips) = (statements(&traffic.statements), traffic.round_trips);
        let cells = match time {
            Some(Ok(samples)) => vec![
                Cell::time(samples, limit),
                Cell::of(statements),
                Cell::of(trips),
            ],
            Some(Err(error)) => vec![
                Cell::of(error),
                Cell::of(format!("> {statements}")),
                Cell::of(format!("> {trips}")),
            ],
            None => Vec::new(),
        };
        table.rows.push((ready.entry.name(), cells));
    }
    Ok(table)
}
