//! No input makes the scanner panic, and none makes it slow.

use crate::Dialect;
use crate::sql::{Section, inspect, is_blank};
use std::time::{Duration, Instant};

fn everything(script: &str) {
    is_blank(script);
    for dialect in Dialect::ALL {
        for (in_transaction, foreign_keys_off) in [(true, false), (false, true)] {
            let section = Section {
                direction: crate::Direction::Upgrade,
                dialect,
                in_transaction,
                foreign_keys_off,
            };
            let found = inspect(script, &section);
            for range in (found.statements.iter().map(|found| &found.range))
                .chain(found.findings.iter().map(|found| &found.range))
            {
                assert!(
                    script.get(range.clone()).is_some(),
                    "{range:?} of {script:?}"
                );
            }
        }
    }
}

/// Pieces that start, end or almost start something, in every combination of three.
#[test]
fn any_combination_of_pieces() {
    const PIECES: &[&str] = &[
        "'",
        "\"",
        "`",
        "[",
        "]",
        "$$",
        "$a$",
        "$",
        "$1",
        "E'",
        "U&\"",
        "\\",
        "\\.\n",
        "--",
        "\n",
        "\r",
        "/*",
        "*/",
        "/",
        "(",
        ")",
        ";",
        ".",
        "ж",
        "\u{feff}",
        "\0",
        "1",
        "=",
        " create ",
        " function ",
        " trigger ",
        " begin ",
        " atomic ",
        " end ",
        " case ",
        " copy t from stdin;",
        " alter type t add value ",
        " pragma ",
        " reindex ",
        " concurrently ",
        " index ",
        " drop table ",
        " rollback ",
        " to ",
    ];
    for first in PIECES {
        for second in PIECES {
            everything(&format!("{first}{second}"));
            for third in PIECES {
                everything(&format!("{first}{second}{third}"));
            }
        }
    }
}

#[test]
fn long_inputs() {
    const SIZE: usize = 200_000;
    for piece in [
        "a",
        "'",
        "''",
        "\"",
        "$a",
        "$a ",
        "$$",
        "/*",
        "/",
        "*/",
        "--",
        "E'a'\n",
        "E'a'\n'b'",
        "(",
        ")",
        ";",
        "\\",
        ".a\n",
        "a.",
        "copy t from stdin;\n",
        "create trigger ",
        "end;",
        "create function begin atomic ",
        "reindex (",
        "alter type t add value 'x';",
        "drop table t;",
        "alter table t rename to t;",
        "select 'x';",
        "[",
        "\0",
        "ж",
    ] {
        let script = piece.repeat(SIZE / piece.len());
        let start = Instant::now();
        everything(&script);
        everything(&format!("alter type t add value 'x';do $a${script}"));
        // Quadratic time would take minutes; linear time takes a tenth of a second.
        assert!(start.elapsed() < Duration::from_secs(10), "{piece:?}");
    }
}
