//! A password, wherever it is written and whatever characters it has, is in nothing that is printed.

use migrate_cli::{App, Args};
use proptest::prelude::*;

use crate::support::Project;

/// What a password is made of: both words are looked for in the output.
const WORDS: [&str; 2] = ["Kx7qTopW", "Zw9vSecR"];

/// Where a password may be written, correctly or by mistake.
const FORMS: &[&str] = &[
    "postgres://user:{}@127.0.0.1:1/db",
    "postgres://user:{}@127.0.0.1:1/db?sslmode=require",
    "postgresql+psycopg2://user:{}@[::1]:1/db",
    "postgres://user:{}@/db?host=/nowhere",
    "postgres://127.0.0.1:1/db?user=user&password={}",
    "postgres://127.0.0.1:1/db?sslpassword={}",
    "postgres://127.0.0.1:1/db?passwrd={}",
    "postgres://127.0.0.1:1/db?sslmode={}",
    "postgres://127.0.0.1:{}/db",
    "postgres://user:{}",
    "postgres:user:{}@h/db",
    "postgres//user:{}@h/db",
    "user:{}@h/db",
    "mysql://user:{}@h/db",
    "{}://user@h/db",
    "host=127.0.0.1 port=1 user=user password={} dbname=db",
    "host=127.0.0.1 port=1 user=user password='{}' dbname=db",
    "host=127.0.0.1 port={} password=x",
    "host=127.0.0.1 passwrd={}",
    "password = {}",
    "sqlite:app.db?key={}",
    "sqlite:app.db?hexkey={}",
    "sqlite:app.db?kee={}",
    "sqlite:app.db?mode={}",
    "sqlite://user:{}@h/db",
    "file:app.db?key={}",
    "{}",
];

fn passwords() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "",
        "?",
        "#",
        "@",
        ":",
        "/",
        "%",
        "&",
        "=",
        "[",
        "]",
        ",",
        ";",
        " ",
        "'",
        "\\",
        "\"",
        "%4",
        "?sslmode=disable",
        "\u{202e}",
        "\u{1b}]0;",
    ]);
    (special.clone(), special.clone(), special)
        .prop_map(|(a, b, c)| format!("{a}{}{b}{}{c}", WORDS[0], WORDS[1]))
}

/// Runs a command and gives all that it printed.
fn printed(project: &Project, variables: &[(&str, &str)], words: &[&str]) -> String {
    let app = App::from_disk()
        .current_dir(project.dir())
        .variables(variables.iter().copied());
    let args = Args::new(words);
    let debug = format!("{app:?} {args:?}");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    app.run(args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("{debug}{}{}", text(out), text(err))
}

fn holds_no_secret(what: &str, printed: &str) {
    for word in WORDS {
        assert!(!printed.contains(word), "{what}\n{printed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_never_printed(password in passwords()) {
        let project = Project::linear();
        for form in FORMS {
            // Cut short, such a URL has an `@` of its own.
            let is_cut = ["postgres://user:{}", "postgres://127.0.0.1:{}/db"].contains(form);
            if is_cut && password.contains('@') {
                continue;
            }
            let url = form.replace("{}", &password);
            let set: &[(&str, &str)] = &[("DATABASE_URL", &url)];
            for words in [&["current"][..], &["--json", "check"], &["upgrade", "-v"], &["rebase", "27c6"]] {
                holds_no_secret(&url, &printed(&project, set, words));
            }
            for words in [
                &["--url", &url, "current"][..],
                &["current", "--json", "--url", &url],
                &[&format!("--url={url}"), "log"],
            ] {
                holds_no_secret(&url, &printed(&project, &[], words));
            }
        }
    }

    /// A URL where none belongs: in place of a target, of a flag or of a command.
    #[test]
    fn a_url_in_the_wrong_place_is_not_shown(password in "[A-Za-z0-9?#:/%&=+.-]{0,6}") {
        let project = Project::linear();
        let url = format!("postgres://user:{}{password}{}@h/db", WORDS[0], WORDS[1]);
        let option = format!("--ulr={url}");
        for words in [
            &["upgrade", &url][..],
            &["upgrade", "--json", &url],
            &["stamp", &url],
            &[&url],
            &["current", &url],
            &["--json", "current", &url],
            &[&option, "current"],
            &["history", "-r", &url],
            &["show", &url],
        ] {
            holds_no_secret(&url, &printed(&project, &[], words));
        }
    }

    #[test]
    fn a_mistake_in_the_file_shows_no_secret(password in passwords()) {
        let quoted = password.replace('\\', "\\\\").replace('"', "\\\"").replace('\u{1b}', "\\u001b");
        for file in [
            "url = \"postgres://u:{}@127.0.0.1:1/d\"\n",
            "url = \"postgres://u:{}@127.0.0.1:1/d\" x\n",
            "url = \"postgres://u:{}@127.0.0.1:1/d\n",
            "url = postgres://u:{}@127.0.0.1:1/d\n",
            "url = [\"postgres://u:{}@127.0.0.1:1/d\"]\n",
            "env = \"postgres://u:{}@127.0.0.1:1/d\"\n",
            "dialects = \"postgres://u:{}@127.0.0.1:1/d\"\n",
            "multiple_heads = \"{}\"\n",
            "[env.a]\nprotected = \"{}\"\n",
            "[env]\na = \"postgres://u:{}@127.0.0.1:1/d\"\n",
            "url = \"a\"\nurl = \"postgres://u:{}@127.0.0.1:1/d\"\n",
        ] {
            let file = file.replace("{}", &quoted);
            let project = Project::linear().file("migrate.toml", &file);
            for words in [&["current"][..], &["--json", "current", "--env", "a"]] {
                holds_no_secret(&file, &printed(&project, &[], words));
            }
        }
    }
}
