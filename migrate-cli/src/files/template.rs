use migrate_chain::{Dialect, Language, NewHeader};

/// What a person fills in: left blank, its sections are an error.
pub(crate) fn blank(
    header: &NewHeader<'_>,
    language: Language,
    dialects: &[Dialect],
    template: Option<&str>,
) -> String {
    match (template, language) {
        (Some(template), _) => filled(template, header, language),
        (None, Language::Sql) => format!("{}{}", header.text(language), sections(dialects)),
        (None, Language::Rust) => format!("{}\n{RUST}", header.text(language)),
    }
}

/// A file whose scripts are known. Of the template what stands above its sections counts.
#[cfg(feature = "models")]
pub(crate) fn generated(header: &NewHeader<'_>, scripts: &str, template: Option<&str>) -> String {
    let Some(template) = template else {
        return format!("{}{scripts}", header.text(Language::Sql));
    };
    let template = template.replace("\r\n", "\n");
    let opens = |line: &&str| {
        let word = line.strip_prefix("-- ").unwrap_or_default();
        ["upgrade", "downgrade", "irreversible"]
            .iter()
            .any(|one| word.starts_with(one))
    };
    let above: Vec<&str> = template.lines().take_while(|line| !opens(line)).collect();
    let above = filled(&above.join("\n"), header, Language::Sql);
    format!("{}\n{scripts}", above.trim_end())
}

fn filled(template: &str, header: &NewHeader<'_>, language: Language) -> String {
    (template.replace("\r\n", "\n"))
        .replace("{header}", header.text(language).trim_end())
        .replace("{revision}", header.revision)
        .replace("{message}", header.message)
}

/// One for each direction; with dialects, one for each of them.
fn sections(dialects: &[Dialect]) -> String {
    let mut text = String::new();
    for direction in ["upgrade", "downgrade"] {
        match dialects {
            [] => text.push_str(&format!("\n-- {direction}\n\n")),
            dialects => {
                for dialect in dialects {
                    text.push_str(&format!("\n-- {direction} ({dialect})\n\n"));
                }
            }
        }
    }
    text
}

const RUST: &str = "\
use migrate_runtime::{Context, Result};

pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
    Err(\"this upgrade is still to be written\".into())
}

pub fn downgrade(_db: &mut Context<'_>) -> Result<()> {
    Err(\"this downgrade is still to be written\".into())
}
";
