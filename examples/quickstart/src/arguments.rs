//! What was typed.

use std::path::PathBuf;

pub(crate) const HELP: &str = "\
An inventory in a SQLite file that the program itself migrates.

Usage: quickstart [--file FILE] [COMMAND]

Commands:
  list                              What is in stock (the default)
  put NAME QUANTITY UNIT [SHELF]    Adds to the stock
  take NAME QUANTITY                Takes from it

  history                           The revisions of the chain, newest first
  upgrade [TARGET]                  Applies revisions up to TARGET: head (the default), +1, an id ...
  downgrade TARGET                  Takes revisions back, down to TARGET: -1, base, an id ...

Options:
  --file FILE    The database; else $QUICKSTART_FILE, else inventory.db in the current folder
  -h, --help     Prints this text

list, put and take first apply every revision that the file lacks. Built with `--features cli`, the program has
every command of `cargo migrate` too: quickstart migrate --help
";

pub(crate) struct Arguments {
    pub(crate) file: PathBuf,
    pub(crate) command: Command,
}

pub(crate) enum Command {
    Help,
    List,
    Put(Put),
    Take { name: String, quantity: f64 },
    History,
    Upgrade(String),
    Downgrade(String),
}

pub(crate) struct Put {
    pub(crate) name: String,
    pub(crate) quantity: f64,
    pub(crate) unit: String,
    pub(crate) shelf: Option<String>,
}

pub(crate) fn read(mut typed: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut file = None;
    let mut words = Vec::new();
    let mut help = false;
    while let Some(word) = typed.next() {
        match word.as_str() {
            "-h" | "--help" => help = true,
            "--file" => file = Some(typed.next().ok_or("--file needs a file")?.into()),
            option if option.starts_with("--") => return Err(format!("unknown option `{option}`")),
            _ => words.push(word),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let command = match *words.as_slice() {
        _ if help => Command::Help,
        [] | ["list"] => Command::List,
        ["put", name, amount, unit] => put(name, amount, unit, None)?,
        ["put", name, amount, unit, shelf] => put(name, amount, unit, Some(shelf))?,
        ["take", name, amount] => Command::Take {
            name: name.to_owned(),
            quantity: quantity(amount)?,
        },
        ["history"] => Command::History,
        ["upgrade"] => Command::Upgrade("head".to_owned()),
        ["upgrade", target] => Command::Upgrade(target.to_owned()),
        ["downgrade", target] => Command::Downgrade(target.to_owned()),
        ["migrate", ..] => return Err("`migrate` is there with `--features cli`".to_owned()),
        _ => return Err(format!("`{}` is no command", words.join(" "))),
    };
    Ok(Arguments {
        file: self::file(file),
        command,
    })
}

/// The database: as typed, else as the environment says, else here.
pub(crate) fn file(typed: Option<PathBuf>) -> PathBuf {
    typed
        .or_else(|| std::env::var_os("QUICKSTART_FILE").map(PathBuf::from))
        .unwrap_or_else(|| "inventory.db".into())
}

fn put(name: &str, amount: &str, unit: &str, shelf: Option<&str>) -> Result<Command, String> {
    Ok(Command::Put(Put {
        name: name.to_owned(),
        quantity: quantity(amount)?,
        unit: unit.to_owned(),
        shelf: shelf.map(str::to_owned),
    }))
}

fn quantity(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(quantity) if quantity > 0.0 && f64::is_finite(quantity) => Ok(quantity),
        _ => Err(format!("`{word}` is no quantity")),
    }
}
