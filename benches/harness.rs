//! What every contender's `bench` program has in common: it is told a task and a database, times what it is asked to
//! time, and prints a line per figure.

use std::hint::black_box;
use std::time::Instant;
use std::{env, fs};

#[cfg(feature = "count")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

/// An open connection of a contender's.
pub trait App {
    /// Connects; a variant is a way to use the contender, empty for the usual one.
    fn open(url: &str, variant: &str) -> Self;
    /// What the app calls when it starts.
    fn migrate(&mut self);
    /// The app's own first query.
    fn query(&mut self);
}

/// How many calls a warm figure is the median of.
const WARM: usize = 101;

/// Carries out the task of the command line: `TASK URL [VARIANT]`.
pub fn run<A: App>() {
    let mut args = env::args().skip(1);
    let mut next = || args.next().unwrap_or_default();
    let (task, url, variant) = (next(), next(), next());
    let mut app = A::open(&url, &variant);
    match task.as_str() {
        // A change: the first call on a new connection.
        "apply" => {
            let since = Instant::now();
            app.migrate();
            println!("ns {}", since.elapsed().as_nanos());
            println!("peak_kib {}", peak_kib());
        }
        // A start that finds everything up to date.
        "start" => {
            let since = Instant::now();
            app.migrate();
            println!("cold_ns {}", since.elapsed().as_nanos());
            app.query();
            println!("with_query_ns {}", since.elapsed().as_nanos());
            let mut warm: Vec<u128> = (0..WARM).map(|_| time(|| app.migrate())).collect();
            warm.sort_unstable();
            println!("warm_ns {}", warm[WARM / 2]);
        }
        "once" => {
            app.migrate();
            println!("peak_kib {}", peak_kib());
        }
        "count" => {
            println!("cold_allocations {}", allocations(|| app.migrate()));
            println!("warm_allocations {}", allocations(|| app.migrate()));
        }
        _ => panic!("no such task: {task:?}"),
    }
}

fn time(call: impl FnOnce()) -> u128 {
    let since = Instant::now();
    call();
    black_box(since.elapsed().as_nanos())
}

#[cfg(feature = "count")]
fn allocations(call: impl FnOnce()) -> usize {
    let region = stats_alloc::Region::new(ALLOCATOR);
    call();
    let change = region.change();
    change.allocations + change.reallocations
}

#[cfg(not(feature = "count"))]
fn allocations(call: impl FnOnce()) -> usize {
    call();
    0
}

/// The most memory the process has had, where the system tells.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
