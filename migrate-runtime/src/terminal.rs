//! The question that [`Startup::Ask`](crate::Startup::Ask) puts to a person.

use std::io::{self, BufRead, IsTerminal, Write};

use migrate_chain::escaped;

use crate::Plan;

/// True where somebody can be asked: they see standard error, and type.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Shows the plan, and waits for a word. Whoever says nothing doesn't agree.
pub(crate) fn agrees(plan: &Plan) -> bool {
    ask(plan, &mut io::stdin().lock(), &mut io::stderr()).unwrap_or(false)
}

fn ask(plan: &Plan, lines: &mut impl BufRead, out: &mut impl Write) -> io::Result<bool> {
    out.write_all(question(plan).as_bytes())?;
    loop {
        out.write_all(b"Apply now? [y/N] ")?;
        out.flush()?;
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            out.write_all(b"\n")?;
            return Ok(false);
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => out.write_all(b"Please answer `y` or `n`.\n")?,
        }
    }
}

/// A step a line; what breaks older releases stands out.
fn question(plan: &Plan) -> String {
    let mut text = match plan.steps.len() {
        1 => "The database is to be migrated, 1 step:\n".to_owned(),
        count => format!("The database is to be migrated, {count} steps:\n"),
    };
    for step in &plan.steps {
        text.push_str(&format!("  {}\n", escaped(&step.to_string())));
        if let Some(reason) = &step.breaking {
            text.push_str(&format!("    BREAKS older releases: {}\n", escaped(reason)));
        }
    }
    for note in &plan.notes {
        text.push_str(&format!("note: {}\n", escaped(note)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ask;
    use crate::Plan;

    #[test]
    fn only_a_yes_is_one() {
        let plan = Plan::default();
        for (typed, agrees) in [
            ("y\n", true),
            (" YES \r\n", true),
            ("maybe\ny\n", true),
            ("n\n", false),
            ("\n", false),
            ("maybe\n", false),
            ("", false),
        ] {
            let answer = ask(&plan, &mut typed.as_bytes(), &mut Vec::new());
            assert_eq!(answer.unwrap(), agrees, "{typed:?}");
        }
    }
}
