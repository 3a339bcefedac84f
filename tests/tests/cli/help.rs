//! The help of every command: complete, in 80 columns, with examples. `UPDATE_EXPECT=1` writes it anew.

use expect_test::expect_file;
use migrate_cli::Exit;

use crate::support::Project;

#[test]
fn of_every_command() {
    let project = Project::linear();
    let all = project.run("--help");
    let groups = all.out.split("Global options:").next().unwrap();
    let commands = groups.lines().filter_map(|line| {
        let line = line.strip_prefix("  ")?;
        line.split_once(' ').map(|(name, _)| name)
    });
    let commands: Vec<&str> = commands.collect();
    assert!(commands.len() > 25, "{commands:?}");
    let hidden = project.run("completions bash");
    for name in &commands {
        assert!(hidden.out.contains(name), "{name}");
    }
    for name in std::iter::once(&"").chain(&commands) {
        let ran = project.run(&format!("{name} --help"));
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Done, ""), "{name}");
        assert!(ran.out.contains("\nExample"), "{name}: no example");
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let file = if name.is_empty() { "migrate" } else { name };
        expect_file![format!("./help/{file}.txt")].assert_eq(&ran.out);
    }
}
