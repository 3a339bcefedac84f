//! `docs/guarantees.md` names tests, and every test here is named there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_guarantee_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/guarantees.md")).unwrap();
    let mut named = BTreeSet::new();
    for name in page.split('`').skip(1).step_by(2) {
        let parts: Vec<_> = name.split("::").collect();
        let [binary, modules @ .., test] = &parts[..] else {
            continue;
        };
        if modules.is_empty() {
            continue;
        }
        let (binary, module, test) = (*binary, modules.join("/"), *test);
        if binary == "BINARY" {
            continue;
        }
        let read = |path: String| fs::read_to_string(root.join("tests").join(path));
        let source = read(format!("{binary}/{module}.rs"))
            .or_else(|_| read(format!("{binary}/{module}/mod.rs")))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let kinds = ["()", "<E: Engine>()", "<E: Database>()", "<D: Database>()"];
        let is_there = kinds.map(|kind| source.contains(&format!("fn {test}{kind}")));
        let is_there = is_there.contains(&true);
        assert!(is_there, "{name}: no such test");
        named.insert((module, test.to_owned()));
    }
    // What runs on both databases is listed in `on_both!`; the rest bears the attribute.
    for module in [
        "access", "ahead", "crash", "drivers", "faults", "herd", "outside", "traced",
    ] {
        let path = root.join(format!("tests/resilience/{module}.rs"));
        let source = fs::read_to_string(path).unwrap();
        let both = source
            .split_once("on_both!(")
            .and_then(|(_, rest)| rest.split_once(");"))
            .map_or("", |(names, _)| names);
        let own = source
            .split("#[test]\nfn ")
            .skip(1)
            .filter_map(|rest| rest.split_once('('));
        let tests = both
            .split(',')
            .map(str::trim)
            .chain(own.map(|(name, _)| name));
        for test in tests.filter(|test| !test.is_empty()) {
            let known = named.contains(&(module.to_owned(), test.to_owned()));
            assert!(
                known,
                "{module}::{test} proves a guarantee that is not on the page"
            );
        }
    }
}
