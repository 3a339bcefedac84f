//! What stops a diff: questions that only a person can answer, and hints that can't be right.

use std::fmt;

use crate::sql::qualified::split;

/// Something went and something came. Whether it is the same under a new name decides whether its
/// rows live, so it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// What went.
    pub what: Kind,
    /// The table, or the enum type, of a column or a value; as it is called now.
    pub of: Option<String>,
    /// The name that the migrations make and that is no longer in the models.
    pub gone: String,
    /// The names that are new: it may be any of them.
    pub new: Vec<String>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table.
    Table,
    /// A column of a table.
    Column,
    /// PostgreSQL's enum type.
    Enum,
    /// A value of one.
    Value,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::Enum => "enum",
            Kind::Value => "value",
        }
    }

    fn attribute(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::Enum | Kind::Value => "db_enum",
        }
    }
}

impl Question {
    /// How flags name what went.
    pub fn path(&self) -> String {
        path(self.of.as_deref(), &self.gone)
    }

    /// The flag that says it is now called so.
    pub fn rename_flag(&self, new: &str) -> String {
        format!("--rename {}={new}", self.path())
    }

    /// The flag that says it goes.
    pub fn drop_flag(&self) -> String {
        format!("--drop {}", self.path())
    }

    /// The attribute that says the new one is it under a new name.
    pub fn rename_attribute(&self) -> String {
        format!(
            "#[{}(renamed_from = {:?})]",
            self.what.attribute(),
            self.gone
        )
    }

    /// The safer way: the attribute that keeps the database's name, and what it stands on.
    pub fn keep_attribute(&self) -> (String, &'static str) {
        let (kind, gone) = (self.what.attribute(), &self.gone);
        let attribute = match (self.what, split(gone)) {
            (Kind::Table | Kind::Enum, (Some(schema), name)) => {
                format!("#[{kind}(schema = {schema:?}, name = {name:?})]")
            }
            _ => format!("#[{kind}(name = {gone:?})]"),
        };
        let rust = match self.what {
            Kind::Table => "the struct",
            Kind::Column => "the field",
            Kind::Enum => "the Rust enum",
            Kind::Value => "the variant",
        };
        (attribute, rust)
    }

    /// What happened, and what is asked.
    pub fn sentence(&self) -> String {
        let kind = self.what.name();
        let place = match (self.what, &self.of) {
            (Kind::Column, Some(of)) => format!(" of table `{of}`"),
            (_, Some(of)) => format!(" of enum `{of}`"),
            _ => String::new(),
        };
        let new: Vec<String> = self.new.iter().map(|new| format!("`{new}`")).collect();
        let (is, is_it) = match new.len() {
            1 => ("is", "is it the same under a new name?"),
            _ => ("are", "is one of them the same under a new name?"),
        };
        format!(
            "the {kind} `{}`{place} is gone, and {} {is} new: {is_it}",
            self.gone,
            new.join(", ")
        )
    }

    /// What dropping it costs.
    pub fn loss(&self) -> &'static str {
        match self.what {
            Kind::Table => "its rows are lost",
            Kind::Column => "its values are lost",
            Kind::Enum | Kind::Value => "rows that hold it have to change first",
        }
    }
}

pub(super) fn path(of: Option<&str>, name: &str) -> String {
    match of {
        Some(of) => format!("{of}.{name}"),
        None => name.to_owned(),
    }
}

/// The question, then each answer on a line of its own.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        for new in &self.new {
            let on = path(self.of.as_deref(), new);
            write!(
                f,
                "\n  yes, rename it:    {}, or {} on `{on}`",
                self.rename_flag(new),
                self.rename_attribute(),
            )?;
        }
        let (drop, loss) = (self.drop_flag(), self.loss());
        write!(f, "\n  no, drop it:       {drop} ({loss})")?;
        let (keep, rust) = self.keep_attribute();
        write!(
            f,
            "\n  or, safer: rename only {rust} and keep the database's name: {keep} (older clients go on working)"
        )
    }
}

/// Why there is no diff. Everything at once: what is asked, and what can't be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Hints and answers that are at odds with the schemas, and tables that can't be rebuilt.
    pub problems: Vec<String>,
    /// What a person has to answer.
    pub questions: Vec<Question>,
}

impl Refusal {
    /// True when nothing is in the way.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty() && self.questions.is_empty()
    }

    /// Adds what another says and this does not: two databases ask the same.
    pub fn merge(&mut self, other: Refusal) {
        for problem in other.problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        for question in other.questions {
            if !self.questions.contains(&question) {
                self.questions.push(question);
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems.iter().cloned();
        let questions = self.questions.iter().map(Question::to_string);
        let all: Vec<String> = problems.chain(questions).collect();
        f.write_str(&all.join("\n\n"))
    }
}

impl std::error::Error for Refusal {}
