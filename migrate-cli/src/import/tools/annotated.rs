//! Files whose directions stand below lines that only the tool reads, as goose and dbmate have them.

use migrate_chain::Direction;

/// What a line says to the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A direction begins.
    Opens(Direction),
    /// Nothing but to cut the line itself.
    Cut,
    /// What stands between the two is one statement.
    StatementBegins,
    StatementEnds,
}

/// The texts of both directions, without the tool's lines.
#[derive(Debug, Default)]
pub(super) struct Directions {
    pub(super) up: Option<String>,
    pub(super) down: Option<String>,
    pub(super) changes: [Vec<String>; 2],
}

/// Parts a file by its marks. What stands above the first is the upgrade's, a comment as a rule.
pub(super) fn parted(text: &str, mark: impl Fn(&str) -> Option<Mark>) -> Directions {
    let mut found = Directions::default();
    let mut above = String::new();
    let mut current: Option<Direction> = None;
    let mut statement: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let said = mark(line.trim_end());
        let Some(said) = said else {
            match current {
                Some(direction) => found.text(direction).push_str(line),
                None => above.push_str(line),
            }
            continue;
        };
        let shown = line.trim().to_owned();
        let direction = match (&said, current) {
            (Mark::Opens(direction), _) => *direction,
            (_, Some(direction)) => direction,
            (_, None) => Direction::Upgrade,
        };
        found
            .changes(direction)
            .push(format!("the line `{shown}` was cut"));
        match said {
            Mark::Opens(direction) => {
                current = Some(direction);
                let text = found.text(direction);
                if !above.trim().is_empty() {
                    text.push_str(&above);
                }
                above.clear();
            }
            Mark::StatementBegins => statement = Some(found.text(direction).len()),
            Mark::StatementEnds => {
                let start = statement.take().unwrap_or_default();
                if ends_statement(found.text(direction), start) {
                    found
                        .changes(direction)
                        .push("a `;` ends the statement above it".to_owned());
                }
            }
            Mark::Cut => {}
        }
    }
    found
}

/// Writes a `;` behind a statement that only the tool's line has ended; true where it was missing.
fn ends_statement(text: &mut String, start: usize) -> bool {
    let body = text.get(start..).unwrap_or("");
    let code = body
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("--"));
    if code.is_none_or(|line| line.ends_with(';')) {
        return false;
    }
    text.push_str(";\n");
    true
}

impl Directions {
    fn text(&mut self, direction: Direction) -> &mut String {
        match direction {
            Direction::Upgrade => self.up.get_or_insert_default(),
            Direction::Downgrade => self.down.get_or_insert_default(),
        }
    }

    fn changes(&mut self, direction: Direction) -> &mut Vec<String> {
        let [up, down] = &mut self.changes;
        match direction {
            Direction::Upgrade => up,
            Direction::Downgrade => down,
        }
    }
}
