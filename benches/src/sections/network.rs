//! 7. A fresh apply over a network, and its round trips.

use std::thread;
use std::time::Duration;

use migrate_tests::Proxy;

use super::{Ready, figure, figures};
use crate::contender::{LIMIT, Program};
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
         they run side by side, once; those two run alone.",
        &["time", "round trips"],
    );
    let one = |ready: &Ready, proxy: &Proxy| {
        let program = ready.program.clone()?;
        figures(&program, "apply", &proxy.url(), ready.entry.variant).map(|got| figure(&got, "ns"))
    };
    let databases: Vec<_> = everyone
        .iter()
        .map(|_| bench.scratch.server().database())
        .collect();
    let proxies: Vec<Proxy> = databases.iter().map(Proxy::new).collect();
    proxies.iter().for_each(|proxy| proxy.delay(DELAY));
    let mut times: Vec<Option<Result<f64>>> = Vec::new();
    for (ready, proxy) in everyone.iter().zip(&proxies) {
        let alone = ready.entry.variant.is_empty() && ready.entry.contender.is_own();
        times.push(alone.then(|| one(ready, proxy)));
    }
    thread::scope(|scope| {
        let mut handles = Vec::new();
        for ((ready, proxy), time) in everyone.iter().zip(&proxies).zip(&mut times) {
            if time.is_none() {
                handles.push(scope.spawn(|| *time = Some(one(ready, proxy))));
            }
        }
        // Joined by the scope.
        drop(handles);
    });
    let limit = everyone
        .iter()
        .position(|ready| ready.entry.name() == LIMIT);
    let sample = |time: &Option<Result<f64>>| match time {
        Some(Ok(ns)) => {
            let mut samples = Samples::default();
            samples.push(*ns);
            Ok(samples)
        }
        Some(Err(error)) => Err(error.clone()),
        None => Err("not run".to_owned()),
    };
    let limit = limit
        .and_then(|at| times.get(at))
        .and_then(|time| sample(time).ok());
    for ((ready, proxy), time) in everyone.iter().zip(&proxies).zip(&times) {
        let time =
            sample(time).map_or_else(Cell::Text, |samples| Cell::time(&samples, limit.as_ref()));
        table.rows.push((
            ready.entry.name(),
            vec![time, Cell::of(proxy.traffic().round_trips)],
        ));
    }
    Ok(table)
}
