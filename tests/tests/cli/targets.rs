//! CLI.md's table of targets, case by case, with exit codes.

use expect_test::expect;

use crate::support::{Database, Project};

on_both![upgrades, downgrades, branch_targets, ambiguous_ones];

fn upgrades<D: Database>() {
    let database = D::new();
    let project = Project::linear()
        .on(&database)
        .revision("20", "27c6", "all digits", "")
        .revision("12345678901234567890", "20", "twenty", "");
    project.check(
        &[
            "upgrade +2",
            "upgrade ae10+2",
            "upgrade base+1",
            "upgrade ae10",
            "upgrade head-1",
            "upgrade 20",
            "upgrade +1",
            "upgrade +1",
            "upgrade 1234",
            "upgrade -1",
            "upgrade +0",
            "upgrade +1x",
            "upgrade ''",
            "upgrade 99",
            "upgrade 27c7",
            "upgrade nobody@head",
            "upgrade ae10:head",
            "upgrade head+1",
            "upgrade current",
            "upgrade a b",
        ],
        &expect![[r#"
            $ upgrade +2
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            $ upgrade ae10+2
            ! Running upgrade 1975 -> 27c6, add phone
            $ upgrade base+1
            ! error: the database is already past `base+1`: it is at `27c6`
            !   = help: `downgrade base+1` goes back to it
            [1]
            $ upgrade ae10
            ! error: the database is already past `ae10`: it is at `27c6`
            !   = help: `downgrade ae10` goes back to it
            [1]
            $ upgrade head-1
            ! Running upgrade 27c6 -> 20, all digits
            $ upgrade 20
            ! nothing to do: the database is at 20
            $ upgrade +1
            ! Running upgrade 20 -> 12345678901234567890, twenty
            $ upgrade +1
            ! error: `+1` leads too far: no step remains
            [1]
            $ upgrade 1234
            ! nothing to do: the database is at 12345678901234567890
            $ upgrade -1
            ! error: `-1` goes down, and an upgrade goes up
            !   = help: `upgrade +1` goes up; to go down, `downgrade -1`
            [2]
            $ upgrade +0
            ! error: `+0` is no target: zero steps lead nowhere
            !   = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
            [2]
            $ upgrade +1x
            ! error: `+1x` is no target: `+1x` is no number of steps
            !   = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
            [2]
            $ upgrade ''
            ! error: `` is no target: it is empty
            !   = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
            [2]
            $ upgrade 99
            ! error: there is no revision or branch label `99`
            !   = help: a number of steps has a sign: `+99`, `-99`
            [1]
            $ upgrade 27c7
            ! error: there is no revision or branch label `27c7`
            !   = help: did you mean `27c6`?
            [1]
            $ upgrade nobody@head
            ! error: there is no branch `nobody`
            !   = help: `history` lists the revisions
            [1]
            $ upgrade ae10:head
            ! error: `ae10:head` is no target: a range A:B goes with `--sql` or `history -r`
            !   = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
            [2]
            $ upgrade head+1
            ! error: `head+1` leads too far: no step remains
            [1]
            $ upgrade current
            ! nothing to do: the database is at 12345678901234567890
            $ upgrade a b
            ! error: unexpected argument 'b' found
            !
            ! Usage: cargo migrate upgrade [OPTIONS] [TARGET]
            !
            ! For more information, try '--help'.
            [2]
        "#]],
    );
}

fn downgrades<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    project.ok(&["upgrade"]);
    project.check(
        &[
            "downgrade",
            "downgrade -1",
            "downgrade -2",
            "downgrade +1",
            "downgrade heads",
            "downgrade cccc",
            "downgrade 1975",
            "downgrade 27c6",
            "downgrade -3",
            "downgrade head",
            "downgrade base:head",
            "downgrade -1",
            "downgrade -1",
            "downgrade current",
        ],
        &expect![[r#"
            $ downgrade
            ! error: the following required arguments were not provided:
            !   <TARGET>
            !
            ! Usage: cargo migrate downgrade <TARGET>
            !
            ! For more information, try '--help'.
            [2]
            $ downgrade -1
            ! error: `-1` is ambiguous: `cccc` merges `27c6`, `b111`
            !   = help: name the revision to go down to
            [1]
            $ downgrade -2
            ! error: `-2` is ambiguous: `cccc` merges `27c6`, `b111`
            !   = help: name the revision to go down to
            [1]
            $ downgrade +1
            ! error: `+1` goes up, and a downgrade goes down
            !   = help: `downgrade -1` goes down; to go up, `upgrade +1`
            [2]
            $ downgrade heads
            ! error: `heads` are several, and a downgrade goes to one revision
            !   = help: name it, or `base`
            [2]
            $ downgrade cccc
            ! nothing to do: the database is at cccc
            $ downgrade 1975
            ! Running downgrade cccc -> 27c6, b111, merge both
            ! Running downgrade b111 -> 1975, feature
            ! Running downgrade 27c6 -> 1975, add phone
            $ downgrade 27c6
            ! error: `27c6` is not applied: the database is at `1975`
            !   = help: `upgrade 27c6` goes there
            [1]
            $ downgrade -3
            ! error: `-3` leads too far: only 2 steps remain
            [1]
            $ downgrade head
            ! error: `cccc` is not applied: the database is at `1975`
            !   = help: `upgrade head` goes there
            [1]
            $ downgrade base:head
            ! error: `base:head` is no target: a range A:B goes with `--sql` or `history -r`
            !   = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
            [2]
            $ downgrade -1
            ! Running downgrade 1975 -> ae10, add email
            $ downgrade -1
            ! Running downgrade ae10 -> , create users
            $ downgrade current
            ! nothing to do: the database is at base
        "#]],
    );
}

fn branch_targets<D: Database>() {
    let database = D::new();
    let project = Project::branched()
        .on(&database)
        .revision("b112", "b111", "more of it", "");
    project.check(
        &[
            "upgrade 27c6",
            "upgrade feat@+1",
            "upgrade feat@head",
            "downgrade feat@-1",
            "downgrade feat@-1",
            "upgrade feat@b112",
            "upgrade feat@27c6",
            "downgrade feat@base",
            "current",
        ],
        &expect![[r#"
            $ upgrade 27c6
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> 27c6, add phone
            $ upgrade feat@+1
            ! Running upgrade 1975 -> b111, feature
            $ upgrade feat@head
            ! Running upgrade b111 -> b112, more of it
            $ downgrade feat@-1
            ! Running downgrade b112 -> b111, more of it
            $ downgrade feat@-1
            ! Running downgrade b111 -> 1975, feature
            $ upgrade feat@b112
            ! Running upgrade 1975 -> b111, feature
            ! Running upgrade b111 -> b112, more of it
            $ upgrade feat@27c6
            ! error: `27c6` is not on that branch
            !   = help: name it without `BRANCH@`
            [1]
            $ downgrade feat@base
            ! note: other branches stand on what goes, and go with it: `27c6`
            ! Running downgrade b112 -> b111, more of it
            ! Running downgrade b111 -> 1975, feature
            ! Running downgrade 27c6 -> 1975, add phone
            ! Running downgrade 1975 -> ae10, add email
            ! Running downgrade ae10 -> , create users
            $ current
        "#]],
    );
}

fn ambiguous_ones<D: Database>() {
    let database = D::new();
    let project = Project::branched()
        .on(&database)
        .revision("ae11", "27c6", "alike", "");
    project.check(
        &[
            "upgrade ae1",
            "upgrade +3",
            "upgrade head",
            "upgrade",
            "upgrade heads",
            "downgrade -1",
            "upgrade +1",
            "current",
        ],
        &expect![[r#"
            $ upgrade ae1
            ! error: `ae1` is ambiguous: it starts `ae10`, `ae11`
            !   = help: write more of the id
            [1]
            $ upgrade +3
            ! error: `+3` is ambiguous: after `1975` come `27c6`, `b111`
            !   = help: name the revision, or a branch as in `feat@+3`
            [1]
            $ upgrade head
            ! error: `head` is ambiguous: there are several heads, `ae11`, `b111`
            !   = help: name one, or a branch as in `feat@head`
            !   = help: `heads` means all of them
            !   = help: if they are to be one: `cargo migrate merge heads -m "merge"`, and build again
            [1]
            $ upgrade
            ! error: `head` is ambiguous: there are several heads, `ae11`, `b111`
            !   = help: name one, or a branch as in `feat@head`
            !   = help: `heads` means all of them
            !   = help: if they are to be one: `cargo migrate merge heads -m "merge"`, and build again
            [1]
            $ upgrade heads
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> 27c6, add phone
            ! Running upgrade 27c6 -> ae11, alike
            ! Running upgrade 1975 -> b111, feature
            $ downgrade -1
            ! error: `-1` is ambiguous: the database is at `ae11`, `b111`
            !   = help: name the revision, or a branch as in `feat@-1`
            [1]
            $ upgrade +1
            ! error: `+1` is ambiguous: the database is at `ae11`, `b111`
            !   = help: name the revision, or a branch as in `feat@+1`
            [1]
            $ current
            ae11 (head)
            b111 (head)
        "#]],
    );
}

#[test]
fn ranges() {
    Project::merged().check(
        &[
            "history -r 1975",
            "history -r 27c6:1975",
            "history -r b111:27c6",
            "history -r ae10:+1",
            "history -r ae10:+2",
            "history -r -1:27c6",
            "history -r :",
            "history -r 1975:-1",
            "history -r zz:",
        ],
        &expect![[r#"
            $ history -r 1975
            ! error: `1975` is no range
            !   = help: a range is A:B, A: or :B, such as ae10:head, -2:current or :1975
            [2]
            $ history -r 27c6:1975
            ! error: `27c6:1975` is empty: `1975` does not stand on `27c6`
            !   = help: the older end comes first: OLDER:NEWER
            [1]
            $ history -r b111:27c6
            ! error: `b111:27c6` is empty: `27c6` does not stand on `b111`
            !   = help: the older end comes first: OLDER:NEWER
            [1]
            $ history -r ae10:+1
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
            $ history -r ae10:+2
            ! error: `+2` is ambiguous: after `1975` come `27c6`, `b111`
            !   = help: name the revision, or a branch as in `feat@+2`
            [1]
            $ history -r -1:27c6
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            $ history -r :
            27c6, b111 -> cccc (feat) (head) (mergepoint), merge both
            1975 -> b111 (feat), feature
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
            $ history -r 1975:-1
            ! error: `1975:-1` counts the wrong way: steps go up from A in A:+N, and down from B in -N:B
            [2]
            $ history -r zz:
            ! error: there is no revision or branch label `zz`
            !   = help: `history` lists the revisions
            [1]
        "#]],
    );
}

#[test]
fn flags_that_are_none() {
    Project::linear().check(
        &[
            "upgrade --sq",
            "downgrade --dryrun",
            "history --nope",
            "upgrad",
            "stamp --purg head",
            "show --jason",
            "downgrade -1 --nope",
            "wait --timeout soon",
            "log -n few",
        ],
        &expect![[r#"
            $ upgrade --sq
            ! error: `upgrade` has no flag `--sq`
            !   = help: did you mean `--sql`?
            [2]
            $ downgrade --dryrun
            ! error: `downgrade` has no flag `--dryrun`
            !   = help: did you mean `--dry-run`?
            [2]
            $ history --nope
            ! error: unexpected argument '--nope' found
            !
            ! Usage: cargo migrate history [OPTIONS]
            !
            ! For more information, try '--help'.
            [2]
            $ upgrad
            ! error: unrecognized subcommand 'upgrad'
            !
            !   tip: some similar subcommands exist: 'downgrade', 'upgrade'
            !
            ! Usage: cargo migrate [OPTIONS] <COMMAND>
            !
            ! For more information, try '--help'.
            [2]
            $ stamp --purg head
            ! error: unexpected argument '--purg' found
            !
            !   tip: a similar argument exists: '--purge'
            !
            ! Usage: cargo migrate stamp --purge <REV>...
            !
            ! For more information, try '--help'.
            [2]
            $ show --jason
            ! error: `show` has no flag `--jason`
            !   = help: did you mean `--json`?
            [2]
            $ downgrade -1 --nope
            ! error: unexpected argument '--nope' found
            !
            !   tip: to pass '--nope' as a value, use '-- --nope'
            !
            ! Usage: cargo migrate downgrade <TARGET>
            !
            ! For more information, try '--help'.
            [2]
            $ wait --timeout soon
            ! error: invalid value 'soon' for '--timeout <SECONDS>': it is a number of seconds, such as 5 or 0.5
            !
            ! For more information, try '--help'.
            [2]
            $ log -n few
            ! error: invalid value 'few' for '--number <NUMBER>': it is a number, such as 5
            !
            ! For more information, try '--help'.
            [2]
        "#]],
    );
}
