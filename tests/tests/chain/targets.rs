//! The table of targets, row by row.

use migrate_chain::{Applied, Chain, Goal, Loaded, Plan, Target, TargetError, TargetErrorKind};

use super::support::history;

/// A trunk of two, then a branch `feat` of two beside a main line of two, and their merge.
///
/// ```text
/// ae10 - 1975 - 27c6 - 55aa - mmmm - tttt
///            \- b111 - b222 -/
/// ```
fn merged() -> Loaded {
    history(&[
        ("ae10", "none", ""),
        ("1975", "ae10", ""),
        ("27c6", "1975", ""),
        ("55aa", "27c6", ""),
        ("b111", "1975", "branch_labels: feat"),
        ("b222", "b111", ""),
        ("mmmm", "55aa, b222", ""),
        ("tttt", "mmmm", ""),
    ])
}

/// Two branches that nothing merges.
fn forked() -> Loaded {
    history(&[
        ("ae10", "none", ""),
        ("1975", "ae10", ""),
        ("27c6", "1975", ""),
        ("55aa", "27c6", ""),
        ("b111", "1975", "branch_labels: feat"),
        ("b222", "b111", ""),
    ])
}

/// Two histories; a step of the second needs one of the first.
fn depending() -> Loaded {
    history(&[
        ("a1", "none", "branch_labels: users"),
        ("a2", "a1", ""),
        ("b1", "none", "branch_labels: bills"),
        ("b2", "b1", "depends_on: a2"),
    ])
}

/// Runs `verb target...` at the recorded ids and tells the outcome: what goes (`-`) and comes
/// (`+`), then notes; or the error with its kind and help.
fn tell(loaded: &Loaded, at: &str, command: &str) -> String {
    let chain = loaded.packed().chain().unwrap();
    match plan(&chain, at, command) {
        Err(error) => {
            let help = error.help.iter().map(|help| format!("\n  {help}"));
            format!("{:?}: {error}{}", error.kind, help.collect::<String>())
        }
        Ok(plan) => {
            let mut told: Vec<String> = (plan.steps.iter())
                .map(|step| {
                    let sign = if step.direction.name() == "upgrade" {
                        '+'
                    } else {
                        '-'
                    };
                    format!("{sign}{}", chain.get(step.revision).id)
                })
                .collect();
            told.extend(plan.notes);
            if told.is_empty() {
                "nothing to do".to_owned()
            } else {
                told.join(" ")
            }
        }
    }
}

fn plan(chain: &Chain<'_>, at: &str, command: &str) -> Result<Plan, TargetError> {
    let rows: Vec<usize> = at
        .split_whitespace()
        .map(|id| chain.index_of(id).unwrap())
        .collect();
    let applied = Applied::of_rows(chain, &rows);
    let (verb, targets) = command.split_once(' ').unwrap();
    let targets: Vec<Target> = match targets.split_whitespace().collect::<Vec<_>>()[..] {
        [] => vec!["".parse()?],
        ref targets => targets
            .iter()
            .map(|target| target.parse())
            .collect::<Result<_, _>>()?,
    };
    let goal = match verb {
        "upgrade" => Goal::Upgrade(&targets[0]),
        "downgrade" => Goal::Downgrade(&targets[0]),
        _ => Goal::Stamp(&targets),
    };
    Plan::new(chain, &applied, goal)
}

/// Checks lines of `rows | command | outcome`; a line that starts with spaces continues one.
#[track_caller]
fn table(loaded: &Loaded, rows: &[(&str, &str, &str)]) {
    for (at, command, outcome) in rows {
        assert_eq!(tell(loaded, at, command), *outcome, "{command} at {at:?}");
    }
}

const A_TARGET_IS: &str = "a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head";

#[test]
fn upgrade_by_steps_counts_from_current() {
    table(
        &merged(),
        &[
            ("", "upgrade +2", "+ae10 +1975"),
            ("ae10", "upgrade +1", "+1975"),
            (
                "1975",
                "upgrade +1",
                "Ambiguous: `+1` is ambiguous: after `1975` come `27c6`, `b111`\n  name the revision, or a branch as in `feat@+1`",
            ),
            (
                "27c6 b111",
                "upgrade +2",
                "Ambiguous: `+2` is ambiguous: the database is at `27c6`, `b111`\n  name the revision, or a branch as in `feat@+2`",
            ),
            ("27c6", "upgrade +2", "+55aa +b111 +b222 +mmmm"),
        ],
    );
}

#[test]
fn upgrade_relative_to_a_symbol() {
    table(
        &merged(),
        &[
            ("", "upgrade ae10+1", "+ae10 +1975"),
            ("", "upgrade base+1", "+ae10"),
            ("1975", "upgrade head-1", "+27c6 +55aa +b111 +b222 +mmmm"),
            (
                "1975",
                "upgrade head",
                "+27c6 +55aa +b111 +b222 +mmmm +tttt",
            ),
            ("1975", "upgrade 27+1", "+27c6 +55aa"),
            ("1975", "upgrade feat", "+b111"),
        ],
    );
}

#[test]
fn upgrade_within_a_branch() {
    table(
        &merged(),
        &[
            ("", "upgrade feat@+1", "+ae10"),
            ("1975", "upgrade feat@+1", "+b111"),
            ("27c6", "upgrade feat@+1", "+b111"),
            ("55aa", "upgrade b2@+1", "+b111"),
            ("b111", "upgrade feat@+1", "+b222"),
            (
                "27c6",
                "upgrade feat@base+2",
                "AlreadyPast: the database is already past `feat@base+2`: it is at `27c6`\n  `downgrade feat@base+2` goes back to it",
            ),
            ("27c6", "upgrade feat@head", "+55aa +b111 +b222 +mmmm +tttt"),
            ("27c6", "upgrade feat@current", "nothing to do"),
        ],
    );
    table(
        &forked(),
        &[
            ("", "upgrade feat@head", "+ae10 +1975 +b111 +b222"),
            ("27c6", "upgrade feat@heads", "+b111 +b222"),
            ("", "upgrade heads", "+ae10 +1975 +27c6 +55aa +b111 +b222"),
            (
                "",
                "upgrade head",
                "Ambiguous: `head` is ambiguous: there are several heads, `55aa`, `b222`\n  name one, or a branch as in `feat@head`\n  `heads` means all of them\n  if they are to be one: `cargo migrate merge heads -m \"merge\"`, and build again",
            ),
            (
                "",
                "upgrade feat@27c6",
                "NotFound: `27c6` is not on that branch\n  name it without `BRANCH@`",
            ),
            (
                "",
                "upgrade fest@head",
                "NotFound: there is no branch `fest`\n  did you mean `feat`?",
            ),
        ],
    );
}

#[test]
fn downgrade_by_steps() {
    table(
        &merged(),
        &[
            ("tttt", "downgrade -1", "-tttt"),
            (
                "mmmm",
                "downgrade -1",
                "Ambiguous: `-1` is ambiguous: `mmmm` merges `55aa`, `b222`\n  name the revision to go down to",
            ),
            ("mmmm", "downgrade 55aa", "-mmmm"),
            ("mmmm", "downgrade feat@-1", "-mmmm"),
            ("mmmm", "downgrade feat@-2", "-mmmm -b222"),
            (
                "27c6 b111",
                "downgrade -1",
                "Ambiguous: `-1` is ambiguous: the database is at `27c6`, `b111`\n  name the revision, or a branch as in `feat@-1`",
            ),
            ("27c6 b111", "downgrade feat@-1", "-b111"),
            (
                "27c6 b111",
                "downgrade feat@-2",
                "-b111 -27c6 -1975 other branches stand on what goes, and go with it: `27c6`",
            ),
            ("27c6", "downgrade -3", "-27c6 -1975 -ae10"),
            (
                "27c6",
                "downgrade -4",
                "TooFar: `-4` leads too far: only 3 steps remain",
            ),
            (
                "",
                "downgrade -1",
                "TooFar: `-1` leads too far: no step remains",
            ),
        ],
    );
}

#[test]
fn downgrade_to_a_revision() {
    table(
        &merged(),
        &[
            (
                "tttt",
                "downgrade 1975",
                "-tttt -mmmm -b222 -b111 -55aa -27c6",
            ),
            ("tttt", "downgrade feat@1975", "-tttt -mmmm -b222 -b111"),
            ("tttt", "downgrade head-1", "-tttt"),
            ("27c6", "downgrade current-1", "-27c6"),
            ("27c6", "downgrade 27c6", "nothing to do"),
            ("27c6", "downgrade current", "nothing to do"),
            ("27c6", "downgrade base", "-27c6 -1975 -ae10"),
            ("", "downgrade base", "nothing to do"),
            (
                "27c6 b111",
                "downgrade feat@base",
                "-b111 -27c6 -1975 -ae10 other branches stand on what goes, and go with it: `27c6`",
            ),
            (
                "27c6",
                "downgrade b111",
                "NotApplied: `b111` is not applied: the database is at `27c6`\n  `upgrade b111` goes there",
            ),
            (
                "27c6",
                "downgrade heads",
                "Malformed: `heads` are several, and a downgrade goes to one revision\n  name it, or `base`",
            ),
        ],
    );
    table(
        &depending(),
        &[
            ("b2", "downgrade a1", "-b2 -a2"),
            ("b2", "downgrade bills@base", "-b2 -b1"),
            (
                "b2",
                "downgrade users@base",
                "-b2 -a2 -a1 other branches stand on what goes, and go with it: `b2`",
            ),
            // Below one base is not below all.
            ("a2 b1", "downgrade b1-1", "-b1"),
            ("a2 b1", "downgrade base", "-b1 -a2 -a1"),
        ],
    );
}

#[test]
fn the_wrong_way() {
    table(
        &merged(),
        &[
            (
                "27c6",
                "upgrade -1",
                "Malformed: `-1` goes down, and an upgrade goes up\n  `upgrade +1` goes up; to go down, `downgrade -1`",
            ),
            (
                "27c6",
                "upgrade current-1",
                "Malformed: `current-1` goes down, and an upgrade goes up\n  `upgrade +1` goes up; to go down, `downgrade current-1`",
            ),
            (
                "27c6",
                "downgrade +1",
                "Malformed: `+1` goes up, and a downgrade goes down\n  `downgrade -1` goes down; to go up, `upgrade +1`",
            ),
            (
                "27c6",
                "upgrade ae10",
                "AlreadyPast: the database is already past `ae10`: it is at `27c6`\n  `downgrade ae10` goes back to it",
            ),
            (
                "27c6",
                "upgrade base",
                "AlreadyPast: the database is already past `base`: it is at `27c6`\n  `downgrade base` goes back to it",
            ),
            (
                "ae10",
                "upgrade ae10-1",
                "AlreadyPast: the database is already past `ae10-1`: it is at `ae10`\n  `downgrade ae10-1` goes back to it",
            ),
            ("27c6", "upgrade 27c6", "nothing to do"),
            ("tttt", "upgrade head", "nothing to do"),
            ("", "upgrade base", "nothing to do"),
            (
                "55aa",
                "upgrade 55aa+3",
                "TooFar: `55aa+3` leads too far: only 2 steps remain",
            ),
            (
                "",
                "upgrade head+1",
                "TooFar: `head+1` leads too far: no step remains",
            ),
            (
                "tttt",
                "upgrade base-1",
                "TooFar: `base-1` leads too far: no step remains",
            ),
        ],
    );
    // What only a dependency implies is reached, not passed.
    table(
        &depending(),
        &[
            ("b2", "upgrade a2", "nothing to do"),
            ("b2", "upgrade a1", "nothing to do"),
        ],
    );
}

#[test]
fn what_is_no_target_says_what_one_looks_like() {
    for (target, message) in [
        ("", "`` is no target: it is empty"),
        ("+0", "`+0` is no target: zero steps lead nowhere"),
        ("+1x", "`+1x` is no target: `+1x` is no number of steps"),
        (
            "ae10:27c6",
            "`ae10:27c6` is no target: a range A:B goes with `--sql` or `history -r`",
        ),
    ] {
        let told = tell(&merged(), "27c6", &format!("upgrade {target}"));
        assert_eq!(told, format!("Malformed: {message}\n  {A_TARGET_IS}"));
    }
}

#[test]
fn names() {
    let loaded = history(&[
        ("20", "none", ""),
        ("12345678901234567890", "20", "branch_labels: abc"),
        ("abcd", "12345678901234567890", ""),
        ("abce", "abcd", "branch_labels: 2"),
        (
            "ab",
            "abce",
            "replaces: old1, old2\n-- fingerprint (sqlite): 0a978103ce622714a3f35eeed879248c2a803f0108d98b9ffe4e0ba8a6ec041a",
        ),
    ]);
    table(
        &loaded,
        &[
            // All digits are text: a whole id, not a number of steps.
            ("", "upgrade 20", "+20"),
            ("", "upgrade 123456", "+20 +12345678901234567890"),
            // A whole id wins over a label, and that over a prefix.
            ("", "stamp abc", "+20 +12345678901234567890"),
            ("abcd", "upgrade ab", "+abce +ab"),
            ("abcd", "upgrade 2", "+abce"),
            (
                "",
                "upgrade a",
                "Ambiguous: `a` is ambiguous: it starts `ab`, `abcd`, `abce`\n  write more of the id",
            ),
            (
                "",
                "upgrade xbcd",
                "NotFound: there is no revision or branch label `xbcd`\n  did you mean `abcd`?",
            ),
            (
                "",
                "upgrade zzzz",
                "NotFound: there is no revision or branch label `zzzz`\n  `history` lists the revisions",
            ),
            // The last revision that a squash replaces means the squash; the others are gone.
            ("abce", "upgrade old2", "+ab"),
            (
                "abce",
                "upgrade old1",
                "NotFound: there is no revision or branch label `old1`\n  `ab` replaces it",
            ),
        ],
    );
    let chain = loaded.packed().chain().unwrap();
    assert_eq!(chain.index_of("old2"), chain.index_of("ab"));
    assert_eq!(
        (chain.index_of("old1"), chain.replacing("old1")),
        (None, chain.index_of("ab"))
    );
}

#[test]
fn stamps() {
    table(
        &merged(),
        &[
            ("", "stamp 1975", "+ae10 +1975"),
            ("tttt", "stamp head", "nothing to do"),
            ("27c6", "stamp base", "-27c6 -1975 -ae10"),
            // Below a merge, just what was named.
            ("mmmm", "stamp 55aa", "-mmmm -b222 -b111"),
            // Rows of other branches stay.
            ("27c6", "stamp b111", "+b111"),
            ("27c6 b222", "stamp feat", "-b222"),
            ("", "stamp 27c6 b111", "+ae10 +1975 +27c6 +b111"),
            ("27c6", "stamp 27c6 27c6", "nothing to do"),
            (
                "",
                "stamp 27c6 ae10",
                "Malformed: `ae10` is below `27c6`, which implies it\n  stamp the upper one alone",
            ),
            (
                "27c6",
                "stamp +1",
                "Malformed: `+1` is relative, and a stamp names what it records\n  name a revision, a branch label, head, heads or base",
            ),
            (
                "27c6",
                "stamp base 27c6",
                "Malformed: `base` says that nothing is applied, so it is stamped alone",
            ),
            (
                "27c6",
                "stamp feat@base",
                "Malformed: `feat@base` can't be stamped\n  `stamp base` records that nothing is applied; or name what is",
            ),
        ],
    );
    let loaded = depending();
    table(&loaded, &[("", "stamp heads", "+a1 +a2 +b1 +b2")]);
    let chain = loaded.packed().chain().unwrap();
    let plan = plan(&chain, "", "stamp heads").unwrap();
    // A head that another depends on is implied.
    assert_eq!(
        (plan.to, plan.stamp),
        (vec![chain.index_of("b2").unwrap()], true)
    );
}

#[test]
fn a_malformed_target_is_a_usage_error() {
    let loaded = merged();
    let chain = loaded.packed().chain().unwrap();
    let kind = |command: &str| plan(&chain, "27c6", command).unwrap_err().kind;
    assert_eq!(kind("upgrade -1"), TargetErrorKind::Malformed);
    assert_eq!(kind("upgrade zz"), TargetErrorKind::NotFound);
}
