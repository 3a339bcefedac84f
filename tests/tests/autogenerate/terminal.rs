//! What the models don't tell is asked on a terminal.

use std::fs;
use std::process::Command;

use expect_test::expect;
use migrate_tests::Terminal;
use tempfile::TempDir;

const FIRST: &str = "\
-- first
--
-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE users (
    id INTEGER CONSTRAINT pk_users PRIMARY KEY,
    mail TEXT NOT NULL,
    COLUMNS
);

-- downgrade
DROP TABLE users;
";

/// A folder in which `mail` and `nick` are gone, and `email`, `login` and `age` are new.
fn project() -> TempDir {
    project_with("nick TEXT")
}

fn project_with(columns: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("versions")).unwrap();
    let first = FIRST.replace("COLUMNS", columns);
    fs::write(dir.path().join("versions/a1.sql"), first).unwrap();
    dir
}

fn files(dir: &TempDir) -> Vec<String> {
    let folder = fs::read_dir(dir.path().join("versions")).unwrap();
    let mut names: Vec<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn command(dir: &TempDir, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asks"));
    command
        .current_dir(dir.path())
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("DATABASE_URL")
        .env_remove("GITHUB_ACTIONS")
        .env("SOURCE_DATE_EPOCH", "1795168931")
        .args(["revision", "--autogenerate", "-m", "next", "--rev-id", "b1"])
        .args(more);
    command
}

#[test]
fn answers_on_a_terminal_are_those_of_the_flags() {
    let dir = project();
    let mut terminal = Terminal::start(&mut command(&dir, &[]));
    let first = terminal.reads("1/2/3/n/q: ");
    expect![[r#"
        the column `mail` of table `users` is gone, and `age`, `email`, `login` are new: is one of them the same under a new name?
          1  yes, rename it to `age`
          2  yes, rename it to `email`
          3  yes, rename it to `login`
          n  no, drop it: its values are lost
          q  stop, and write nothing
        Safer than a rename: stop, and rename only the field.
        #[column(name = "mail")] keeps the database's name, and older clients go on working.
        1/2/3/n/q: "#]].assert_eq(&first);
    // What is no answer is asked again.
    terminal.types("yes");
    terminal.reads("1/2/3/n/q: ");
    terminal.types("2");
    let second = terminal.reads("1/2/n/q: ");
    expect![[r#"
        2
        the column `nick` of table `users` is gone, and `age`, `login` are new: is one of them the same under a new name?
          1  yes, rename it to `age`
          2  yes, rename it to `login`
          n  no, drop it: its values are lost
          q  stop, and write nothing
        Safer than a rename: stop, and rename only the field.
        #[column(name = "nick")] keeps the database's name, and older clients go on working.
        1/2/n/q: "#]].assert_eq(&second);
    terminal.types("n");
    let third = terminal.reads("users.age: ");
    expect![[r#"
        n
        `users.age` (INTEGER) takes no NULL and has no default: what do the rows that exist get?
          SQL, such as 0, 'none' or lower(name); an empty line leaves a gap in the script, to be filled in there
        users.age: "#]].assert_eq(&third);
    terminal.types("17 + 1");
    let (last, status) = terminal.ends();
    expect![[r#"
        17 + 1
        note: without questions: --rename users.mail=email --drop users.nick --fill 'users.age=17 + 1'
        careful: this loses the values of users.nick
        lint: [breaks/drop-column] drops users.nick: programs that still run ask for it (sqlite), at versions/b1.sql:10:1
        lint: [breaks/rename-column] renames users.mail to email: programs that still run ask for mail (sqlite), at versions/b1.sql:11:19
        lint: [breaks/required-column] users.age is required of every new row: programs that still run don't name it (sqlite), at versions/b1.sql:16:1
        found: rename column users.mail to email
        found: add column users.login
        found: add column users.age
        found: drop column users.nick
        Generated versions/b1.sql
    "#]].assert_eq(&last);
    assert!(status.success());
    let path = "versions/b1.sql";
    let asked = fs::read_to_string(dir.path().join(path)).unwrap();

    let same = project();
    let flags = [
        "--rename",
        "users.mail=email",
        "--drop",
        "users.nick",
        "--fill",
        "users.age=17 + 1",
    ];
    let output = command(&same, &flags).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = fs::read_to_string(same.path().join(path)).unwrap();
    assert_eq!(asked, told);
    expect![[r#"
        -- next
        --
        -- revision: b1
        -- down_revision: a1
        -- created: 2026-11-20 10:02:11 UTC
        -- breaking: renames users.mail to email; users.age is required of every new row; drops users.nick

        -- upgrade (foreign keys off)
        -- With foreign keys off, references, views and triggers follow a new name only like this.
        PRAGMA legacy_alter_table = OFF;
        ALTER TABLE users RENAME COLUMN mail TO email;
        PRAGMA legacy_alter_table = ON;

        -- users is made anew, because SQLite can't change it in place: `age` can't be added in place.
        -- This loses the values of users.nick.
        CREATE TABLE users_new (
            id INTEGER CONSTRAINT pk_users PRIMARY KEY,
            email TEXT NOT NULL,
            login TEXT,
            age INTEGER NOT NULL
        );
        INSERT INTO users_new (id, email, age)
        SELECT id, email, 17 + 1
        FROM users;
        DROP TABLE users;
        ALTER TABLE users_new RENAME TO users;

        -- downgrade
        ALTER TABLE users RENAME COLUMN email TO mail;

        -- users.nick comes back without its values.
        ALTER TABLE users ADD COLUMN nick TEXT;

        -- This loses the values of users.login.
        ALTER TABLE users DROP COLUMN login;

        -- This loses the values of users.age.
        ALTER TABLE users DROP COLUMN age;
    "#]].assert_eq(&told);
}

#[test]
fn whoever_stops_has_written_nothing() {
    let dir = project();
    let mut terminal = Terminal::start(&mut command(&dir, &["--drop", "users.nick"]));
    terminal.reads("1/2/3/n/q: ");
    terminal.types("q");
    let (last, status) = terminal.ends();
    expect![[r#"
        q
        error: stopped at `users.mail`
          = note: nothing was written
    "#]]
    .assert_eq(&last);
    assert_eq!(status.code(), Some(1));

    let mut terminal = Terminal::start(&mut command(&dir, &[]));
    terminal.reads("1/2/3/n/q: ");
    terminal.hangs_up();
    let (last, status) = terminal.ends();
    assert!(last.contains("nothing was written"), "{last}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(files(&dir), ["a1.sql"]);
}

#[test]
fn one_candidate_is_a_plain_yes() {
    let dir = project_with("login TEXT, age INTEGER NOT NULL");
    let mut terminal = Terminal::start(&mut command(&dir, &["-q"]));
    let asked = terminal.reads("y/n/q: ");
    assert!(
        asked.contains("\n  y  yes, rename it to `email`\n"),
        "{asked}"
    );
    terminal.types("Y");
    let (last, status) = terminal.ends();
    assert!(
        last.contains("found: rename column users.mail to email\n"),
        "{last}"
    );
    assert!(status.success());
}

/// A gap is left to the file.
#[test]
fn what_is_left_open_stands_in_the_file() {
    let dir = project();
    let more = ["--drop", "users.nick", "--rename", "users.mail=login"];
    let mut terminal = Terminal::start(&mut command(&dir, &more));
    terminal.reads("users.email: ");
    terminal.types("login");
    terminal.reads("users.age: ");
    terminal.types("");
    let (last, status) = terminal.ends();
    assert!(
        last.contains("--fill users.email=login\n") && last.contains("`--fill users.age=VALUE`"),
        "{last}"
    );
    assert!(status.success());
    let text = fs::read_to_string(dir.path().join("versions/b1.sql")).unwrap();
    assert!(text.contains("SELECT id, login, login, NULL\n"), "{text}");
}

/// With `--yes` nobody is there to be asked.
#[test]
fn a_script_is_not_asked() {
    let dir = project();
    let terminal = Terminal::start(&mut command(&dir, &["--yes"]));
    let (last, status) = terminal.ends();
    assert!(last.contains("--rename users.mail=email"), "{last}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(files(&dir), ["a1.sql"]);
}
