//! What a terminal would obey, from files, a database and a server: shown, wherever it is printed.

use migrate_cli::Exit;

use crate::support::{Database, Project};

on_both![nothing_is_obeyed];

/// Sets the window's title; turns the direction of writing; colours; deletes a line, as C1.
const EVIL: &str = "x\u{1b}]0;title\u{7}y\u{202e}z\u{1b}[31mred\u{9b}2Kend\u{7f}\u{8}";

fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn nothing_is_obeyed<D: Database>() {
    let database = D::new();
    let header = format!("-- breaking: {EVIL}\n-- version: {EVIL}\n");
    let project = Project::linear()
        .revision("e1", "27c6", EVIL, &header)
        .on(&database);
    let lines: &[&str] = &[
        "history",
        "history -v",
        "history -i",
        "heads -v",
        "show e1",
        "branches",
        "check",
        "upgrade --dry-run",
        "upgrade head --sql --dialect sqlite",
        "upgrade",
        "current -v",
        "log",
        "verify",
        "check",
        "downgrade -1",
        "stamp e1",
        "downgrade 27c6",
    ];
    for line in lines {
        for flag in ["", " --json", " --color always"] {
            let ran = project.run(&format!("{line}{flag}"));
            // A script is what it is, for whoever runs it.
            if line.contains("--sql") && flag != " --json" {
                continue;
            }
            let printed = format!("{}{}", ran.out, ran.err);
            let own = [
                "\u{1b}[31m",
                "\u{1b}[0m",
                "\u{1b}[1m",
                "\u{1b}[32m",
                "\u{1b}[35m",
                "\u{1b}[2m",
            ];
            let printed = if flag.contains("color") {
                own.iter().fold(printed, |text, own| text.replace(own, ""))
            } else {
                printed
            };
            let obeyed: Vec<char> = printed.chars().filter(|&c| is_obeyed(c)).collect();
            assert!(obeyed.is_empty(), "{line}{flag}: {obeyed:?}\n{printed:?}");
            if !ran.out.is_empty() && flag == " --json" {
                let parsed: Result<serde_json::Value, _> = serde_json::from_str(&ran.out);
                assert!(parsed.is_ok(), "{line}\n{}", ran.out);
            }
        }
    }
    // An error of the server's repeats what the script said.
    let text = format!(
        "-- f\n-- revision: f1\n-- down_revision: e1\n\n-- upgrade\nSELECT * FROM \"{EVIL}\";\n\n-- downgrade: nothing\n"
    );
    project.write("versions/f1.sql", &text);
    for flag in ["", " --json"] {
        let ran = project.run(&format!("upgrade{flag}"));
        assert_eq!(ran.exit, Exit::Failed);
        let printed = format!("{}{}", ran.out, ran.err);
        assert!(printed.contains("title"), "{printed:?}");
        assert!(!printed.chars().any(is_obeyed), "{printed:?}");
    }
}
