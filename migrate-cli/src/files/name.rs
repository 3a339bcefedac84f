use migrate_chain::Chain;

use super::clock::Utc;
use super::placeholder;
use super::slug::slug;
use crate::error::{Error, Result};

/// How new files are named: `{date}-{revision}-{slug}`, or Alembic's `{revision}_{slug}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

const DEFAULT: &str = "{date}-{revision}-{slug}";
const KNOWN: [&str; 10] = [
    "date", "year", "month", "day", "hour", "minute", "second", "revision", "slug", "chain",
];

impl Name {
    /// The template that migrate.toml gives, or else the one that the newest file follows.
    pub(crate) fn new(configured: Option<&str>, chain: &Chain<'_>) -> Result<Name> {
        match configured {
            Some(template) => Name::checked(template),
            None => Ok(Name::followed(chain).unwrap_or_else(|| Name(DEFAULT.to_owned()))),
        }
    }

    fn checked(template: &str) -> Result<Name> {
        let wrong = |why: String| {
            Error::failed(format!("file_template = \"{template}\": {why}")).help(format!(
                "it is made of {{{}}} and text, such as {DEFAULT}",
                KNOWN.join("}, {")
            ))
        };
        let mut rest = template;
        while let Some((_, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(wrong("a `{` is not closed".to_owned()));
            };
            if !KNOWN.contains(&name) {
                return Err(wrong(format!("{{{name}}} means nothing")));
            }
            rest = after;
        }
        if !template.contains("{revision}") {
            return Err(wrong(
                "it lacks {revision}, which every file name holds".to_owned(),
            ));
        }
        if template.contains(['/', '\\']) {
            return Err(wrong("it names a file, not a folder".to_owned()));
        }
        Ok(Name(template.to_owned()))
    }

    /// What the last revision's file name shows, where it is one of the usual forms.
    fn followed(chain: &Chain<'_>) -> Option<Name> {
        let last = chain.revisions().last()?;
        let name = last.path.rsplit('/').next()?;
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let template = stem.replacen(last.id, "{revision}", 1);
        let (before, after) = template.split_once("{revision}")?;
        let before = match before.strip_suffix(['-', '_']) {
            Some(date) if is_date(date) => before.replacen(date, "{date}", 1),
            _ if before.is_empty() => String::new(),
            _ => return None,
        };
        let after = match after.chars().next() {
            None => String::new(),
            // A release number takes the place of these letters later.
            Some(_)
                if after
                    .get(1..)
                    .is_some_and(|name| placeholder::fill(name, "0").is_some()) =>
            {
                after.to_owned()
            }
            Some(separator @ ('-' | '_')) => format!("{separator}{{slug}}"),
            Some(_) => return None,
        };
        Some(Name(format!("{before}{{revision}}{after}")))
    }

    /// The file's name, without its ending.
    pub(crate) fn stem(&self, revision: &str, message: &str, moment: &Utc, chain: &str) -> String {
        // Words are joined by what joins the slug to the rest.
        let separator = match self.0.split_once("{slug}") {
            Some((before, _)) if before.ends_with('_') => '_',
            _ => '-',
        };
        let two = |number: i64| format!("{number:02}");
        let stem = (self.0)
            .replace("{date}", &moment.date())
            .replace("{year}", &moment.year.to_string())
            .replace("{month}", &two(moment.month))
            .replace("{day}", &two(moment.day))
            .replace("{hour}", &two(moment.hour))
            .replace("{minute}", &two(moment.minute))
            .replace("{second}", &two(moment.second))
            .replace("{revision}", revision)
            .replace("{chain}", chain)
            .replace("{slug}", &slug(message, separator));
        stem.trim_end_matches(['-', '_', ' ', '.']).to_owned()
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use migrate_chain::{Folder, Options, load_graph};

    use super::*;

    fn follows(file: &str) -> String {
        let mut folder = Folder::new("versions");
        let text = "-- m\n-- revision: a1b2\n-- down_revision: none\n\n-- upgrade: nothing\n-- downgrade: nothing\n";
        folder.add(file, text.as_bytes());
        let loaded = load_graph(folder, &Options::new("versions")).unwrap();
        let chain = loaded.packed().chain().unwrap();
        Name::new(None, &chain).unwrap().0
    }

    #[test]
    fn a_project_keeps_its_way_of_naming() {
        for (file, wanted) in [
            (
                "2026-11-20-a1b2-create-users.sql",
                "{date}-{revision}-{slug}",
            ),
            ("a1b2_create_users.sql", "{revision}_{slug}"),
            ("2026-11-20-a1b2-vX_X_X.sql", "{date}-{revision}-vX_X_X"),
            ("2026-11-20-a1b2-vx-x-x.sql", "{date}-{revision}-vx-x-x"),
            ("a1b2.sql", "{revision}"),
            ("users-a1b2.sql", DEFAULT),
        ] {
            assert_eq!(follows(file), wanted, "{file}");
        }
    }

    #[test]
    fn names_are_made_of_what_is_known() {
        let moment = Utc {
            year: 2026,
            month: 1,
            day: 2,
            hour: 3,
            minute: 4,
            second: 5,
        };
        let stem = |template: &str, message: &str| {
            Name::checked(template).map(|name| name.stem("a1", message, &moment, "main"))
        };
        assert_eq!(
            stem("{revision}_{slug}", "Add users").unwrap(),
            "a1_add_users"
        );
        assert_eq!(stem(DEFAULT, "!").unwrap(), "2026-01-02-a1");
        assert_eq!(
            stem("{year}{month}{day}{hour}{minute}-{revision}", "").unwrap(),
            "202601020304-a1"
        );
        assert_eq!(
            stem("{date}-{revision}-vX_X_X", "m").unwrap(),
            "2026-01-02-a1-vX_X_X"
        );
        for wrong in ["{slug}", "{revision", "{rev}", "a/{revision}"] {
            assert!(Name::checked(wrong).is_err(), "{wrong}");
        }
    }
}
