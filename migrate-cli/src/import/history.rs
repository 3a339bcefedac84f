//! What a reader gives: the steps of another tool, in its order.

use std::collections::BTreeMap;

use migrate_schema::scratch::beside::Sent;

/// The steps of another tool.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// In the tool's order.
    pub(crate) steps: Vec<Step>,
    /// What can't be converted.
    pub(crate) refused: Vec<Refused>,
    /// Keys that databases may hold and no revision stands for.
    pub(crate) without: Vec<String>,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
}

/// One step of another tool.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// What the tool calls it in its table.
    pub(crate) key: String,
    /// Keys that the tool may have recorded in place of this one, all of which it then has.
    pub(crate) stands_for: Vec<String>,
    /// The tool's own name of it, if it records one.
    pub(crate) name: Option<String>,
    /// What it does, in words.
    pub(crate) message: String,
    /// The tool's checksums of the LF and the CRLF form; the first is that which a checkout with LF has.
    pub(crate) sums: Vec<String>,
    /// The files, as they are shown.
    pub(crate) sources: Vec<String>,
    pub(crate) up: Side,
    /// Absent where the tool can't go back.
    pub(crate) down: Option<Side>,
}

/// One direction of a step.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    /// The file, for a person who is told of it.
    pub(crate) file: String,
    /// The script, without what only the tool reads.
    pub(crate) text: String,
    /// How the tool sends it.
    pub(crate) sent: Sent,
    /// True where the tool's user has said that no transaction is to be around it.
    pub(crate) is_outside: bool,
    /// What was done to the text.
    pub(crate) changes: Vec<String>,
}

impl Default for Side {
    fn default() -> Side {
        Side::new("", String::new(), Sent::Whole)
    }
}

impl Side {
    pub(crate) fn new(file: &str, text: String, sent: Sent) -> Side {
        Side {
            file: file.to_owned(),
            text,
            sent,
            is_outside: false,
            changes: Vec::new(),
        }
    }

    /// One that the tool's user has taken out of the transaction.
    pub(crate) fn outside(mut self, sent: Sent) -> Side {
        self.is_outside = true;
        self.sent = sent;
        self
    }
}

/// A file that can't be converted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Refused {
    pub(crate) file: String,
    pub(crate) reason: String,
}

impl History {
    pub(crate) fn refuse(&mut self, file: &str, reason: impl Into<String>) {
        self.refused.push(Refused {
            file: file.to_owned(),
            reason: reason.into(),
        });
    }

    /// Refuses a key that two steps have.
    pub(crate) fn refuse_twice(&mut self) {
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        let mut twice = Vec::new();
        for step in &self.steps {
            let file = step.sources.first().map_or("", String::as_str);
            match first.get(step.key.as_str()) {
                Some(other) => twice.push((
                    file.to_owned(),
                    format!("`{}` is also the version of {other}", step.key),
                )),
                None => {
                    first.insert(&step.key, file);
                }
            }
        }
        for (file, reason) in twice {
            self.refuse(&file, reason);
        }
    }
}

/// What a person says of the tool's configuration.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Flyway's placeholders.
    pub(crate) placeholders: BTreeMap<String, String>,
}

impl Step {
    /// One that stands for all of a history: the schema as it is.
    pub(crate) fn baseline(history: &History, script: String) -> Step {
        let steps = &history.steps;
        let keys = steps.iter().map(|step| match &step.sums[..] {
            [] => step.key.clone(),
            sums => format!("{} {}", step.key, sums.join("|")),
        });
        let mut keys: Vec<String> = steps
            .iter()
            .flat_map(|step| step.stands_for.clone())
            .chain(keys)
            .collect();
        keys.pop();
        let last = steps.last();
        Step {
            key: last.map(|step| step.key.clone()).unwrap_or_default(),
            stands_for: keys,
            name: last.and_then(|step| step.name.clone()),
            message: "baseline".to_owned(),
            sums: last.map(|step| step.sums.clone()).unwrap_or_default(),
            sources: steps.iter().flat_map(|step| step.sources.clone()).collect(),
            up: Side::new("", script, Sent::InTransaction),
            down: None,
        }
    }
}
