//! What the models don't tell, asked of a person: the answers are those of `--rename`, `--drop` and
//! `--fill`.

use std::collections::BTreeSet;

use migrate_schema::diff::{Answers, Question, Refusal};
use migrate_schema::revision::Revision;

use crate::error::{Error, Result};
use crate::prompt::Prompt;

/// Works the revision out, and asks until nothing is open.
///
/// One question at a time: an answer may decide or raise others.
pub(crate) fn answer_questions(
    work_out: &dyn Fn(&Answers) -> std::result::Result<Revision, Refusal>,
    given: &Answers,
    prompt: &mut Prompt<'_>,
) -> Result<Revision> {
    let mut answers = given.clone();
    let mut left_open = BTreeSet::new();
    loop {
        let found = match work_out(&answers) {
            Ok(found) => found,
            Err(refusal) => {
                let question = refusal.questions.first();
                let Some(question) = question.filter(|_| refusal.problems.is_empty()) else {
                    return Err(refusal.into());
                };
                answers = choose(question, answers, prompt)?;
                continue;
            }
        };
        let unfilled = found.changes.iter().flat_map(|changes| changes.unfilled());
        let open = unfilled
            .map(|(table, column)| (format!("{table}.{}", column.name), column))
            .find(|(path, _)| !left_open.contains(path));
        let Some((path, column)) = open else {
            if answers != *given {
                let flags: Vec<String> = answers.flags().iter().map(|flag| quoted(flag)).collect();
                writeln!(prompt.out, "note: without questions: {}", flags.join(" "))?;
            }
            return Ok(found);
        };
        writeln!(
            prompt.out,
            "`{path}` ({}) takes no NULL and has no default: what do the rows that exist get?\n  \
             SQL, such as 0, 'none' or lower(name); an empty line leaves a gap in the script, to be filled in there",
            column.kind
        )?;
        match prompt.read_line(&path)?.as_deref() {
            None => return Err(stopped(&path)),
            Some("") => {
                left_open.insert(path);
            }
            Some(value) => {
                answers = (answers.fill(&format!("{path}={value}"))).map_err(Error::usage)?;
            }
        }
    }
}

/// Puts one question.
fn choose(question: &Question, answers: Answers, prompt: &mut Prompt<'_>) -> Result<Answers> {
    let is_one = question.new.len() == 1;
    let key = |at: usize| {
        if is_one {
            "y".to_owned()
        } else {
            (at + 1).to_string()
        }
    };
    let mut keys: Vec<String> = (0..question.new.len()).map(key).collect();
    writeln!(prompt.out, "{}", question.sentence())?;
    for (key, new) in keys.iter().zip(&question.new) {
        writeln!(prompt.out, "  {key}  yes, rename it to `{new}`")?;
    }
    let (keep, rust) = question.keep_attribute();
    writeln!(
        prompt.out,
        "  n  no, drop it: {}\n  q  stop, and write nothing\n\
         Safer than a rename: stop, and rename only {rust}.\n\
         {keep} keeps the database's name, and older clients go on working.",
        question.loss(),
    )?;
    keys.extend(["n".to_owned(), "q".to_owned()]);
    let choices = keys.join("/");
    loop {
        let Some(line) = prompt.read_line(&choices)? else {
            return Err(stopped(&question.path()));
        };
        let line = line.to_ascii_lowercase();
        match keys.iter().position(|key| *key == line) {
            Some(at) if line != "n" && line != "q" => {
                let new = question.new.get(at).map_or("", String::as_str);
                let rename = format!("{}={new}", question.path());
                return answers.rename(&rename).map_err(Error::usage);
            }
            Some(_) if line == "n" => return Ok(answers.drop(&question.path())),
            Some(_) => return Err(stopped(&question.path())),
            None => writeln!(prompt.out, "Please answer with one of these:")?,
        }
    }
}

fn stopped(path: &str) -> Error {
    Error::failed(format!("stopped at `{path}`")).note("nothing was written")
}

/// A flag and its value, as a shell takes them.
fn quoted(flag: &str) -> String {
    let (flag, value) = flag.split_once(' ').unwrap_or((flag, ""));
    let is_plain = (value.chars()).all(|one| one.is_alphanumeric() || "_.=-+:/".contains(one));
    let quotes = value.contains('\'');
    let special = value.contains(['"', '$', '`', '\\', '!']);
    match (is_plain, quotes, special) {
        (true, ..) => format!("{flag} {value}"),
        (false, true, false) => format!("{flag} \"{value}\""),
        _ => format!("{flag} '{}'", value.replace('\'', r"'\''")),
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        let error = Error::failed(refusal.to_string());
        if refusal.questions.is_empty() {
            error.note("nothing was written")
        } else {
            error.note("nothing was written: the models don't tell what is meant")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_answered() {
        for (flag, wanted) in [
            ("--rename users.mail=email", "--rename users.mail=email"),
            ("--fill users.age=17 + 1", "--fill 'users.age=17 + 1'"),
            ("--fill users.nick='none'", r#"--fill "users.nick='none'""#),
            ("--fill users.nick='$'", r"--fill 'users.nick='\''$'\'''"),
        ] {
            assert_eq!(quoted(flag), wanted);
        }
    }
}
