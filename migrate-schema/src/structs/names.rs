//! Names of Rust for what a database calls otherwise: valid, distinct, and as near as can be. Nothing is made singular.

use std::collections::BTreeSet;

use crate::sql::qualified::split;

/// The names of types that are given already.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

/// What the module uses itself, or Rust keeps.
const RESERVED: [&str; 8] = [
    "Self", "Option", "String", "Vec", "Table", "Schema", "DbEnum", "Box",
];

impl Names {
    pub(super) fn of_table(&mut self, name: &str) -> String {
        self.free(name, "Table")
    }

    pub(super) fn of_enum(&mut self, name: &str) -> String {
        self.free(name, "Enum")
    }

    /// The name, or with its schema, or with what it is, or with a number.
    fn free(&mut self, name: &str, what: &str) -> String {
        let (schema, bare) = split(name);
        let plain = camel(&bare, what);
        let full = schema.map(|schema| camel(&format!("{schema}_{bare}"), what));
        let candidates = [Some(plain.clone()), full, Some(format!("{plain}{what}"))];
        let numbered = (2_u32..).map(|number| format!("{plain}{number}"));
        let mut candidates = candidates.into_iter().flatten().chain(numbered);
        let is_free = |name: &String| {
            !RESERVED.contains(&name.as_str()) && !self.taken.contains(&name.to_lowercase())
        };
        let name = candidates.find(is_free).unwrap_or(plain);
        self.taken.insert(name.to_lowercase());
        name
    }
}

/// The names of the fields of columns, in their order.
pub(super) fn fields<'n>(columns: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let columns: Vec<&str> = columns.into_iter().collect();
    let mut taken = BTreeSet::new();
    let mut fields = Vec::new();
    for &column in &columns {
        let plain = snake(column);
        // A column that has the name already keeps it.
        if plain == column {
            taken.insert(plain.clone());
            fields.push(plain);
            continue;
        }
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        let mut candidates = [plain.clone()].into_iter().chain(numbered);
        let is_free = |name: &String| !taken.contains(name) && !columns.contains(&name.as_str());
        let name = candidates.find(is_free).unwrap_or(plain);
        taken.insert(name.clone());
        fields.push(name);
    }
    fields
}

/// The name as it is written in the source.
pub(super) fn ident(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// Whether the derive takes the column's name from its field.
pub(super) fn is_of_field(column: &str, field: &str) -> bool {
    // Rust takes an identifier for its composed form, whatever it is written as.
    column == field && field.is_ascii()
}

/// The variants of an enum, in the order of its values.
pub(super) fn variants(values: &[String]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut variants = Vec::new();
    for value in values {
        let plain = camel(value, "Value");
        let numbered = (2_u32..).map(|number| format!("{plain}{number}"));
        let mut candidates = [plain.clone()].into_iter().chain(numbered);
        let is_free = |name: &String| name != "Self" && !taken.contains(name);
        let name = candidates.find(is_free).unwrap_or(plain);
        taken.insert(name.clone());
        variants.push(name);
    }
    variants
}

/// How all values are written, if `rename_all` says it.
pub(super) fn case_of_values(values: &[String]) -> Option<&'static str> {
    // A word of one letter, or with a digit, may be cut elsewhere.
    let is_plain = |value: &String| {
        let words: Vec<&str> = value.split('_').collect();
        let alone = words.len() == 1;
        words.iter().all(|word| {
            word.bytes().all(|byte| byte.is_ascii_lowercase()) && (alone || word.len() > 1)
        }) && value != "self"
    };
    let lower: Vec<String> = values.iter().map(|value| value.to_lowercase()).collect();
    if values.is_empty() || !lower.iter().all(is_plain) || lower.iter().any(String::is_empty) {
        None
    } else if lower == values {
        Some("snake_case")
    } else if values.iter().all(|value| *value == value.to_uppercase()) {
        Some("SCREAMING_SNAKE_CASE")
    } else {
        None
    }
}

/// The words of a name: cut at what no identifier holds, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = None;
    for c in name.chars() {
        let is_cut = !unicode_ident::is_xid_continue(c) || c == '_';
        let begins = c.is_uppercase() && before.is_some_and(|c: char| c.is_lowercase());
        if is_cut || begins {
            words.push(String::new());
        }
        if !is_cut && let Some(word) = words.last_mut() {
            word.push(c);
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn camel(name: &str, otherwise: &str) -> String {
    let mut text = String::new();
    for word in words(name) {
        let mut rest = word.chars();
        text.extend(rest.next().into_iter().flat_map(char::to_uppercase));
        let rest = rest.as_str();
        let shouts = word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
        // Two numbers side by side would be one.
        text.push_str(&if shouts {
            rest.to_lowercase()
        } else {
            rest.to_owned()
        });
    }
    begun(text, otherwise)
}

/// The column's own name if Rust takes it as it stands, else its words.
fn snake(name: &str) -> String {
    let is_snake = name
        .chars()
        .all(|c| c == '_' || unicode_ident::is_xid_continue(c) && !c.is_uppercase());
    let text = if is_snake && !name.starts_with("__") {
        name.to_owned()
    } else {
        words(name).join("_").to_lowercase()
    };
    let text = begun(text, "column").to_lowercase();
    match text.as_str() {
        // None of these can be written with `r#`.
        "self" | "super" | "crate" => format!("{text}_"),
        "_" => "_column".to_owned(),
        _ => text,
    }
}

/// The text, with a word in front where no identifier begins like it.
fn begun(text: String, word: &str) -> String {
    match text.chars().next() {
        None => word.to_owned(),
        Some(c) if unicode_ident::is_xid_start(c) || c == '_' => text,
        Some(_) if word == "column" => format!("_{text}"),
        Some(_) => format!("{word}{text}"),
    }
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_distinct() {
        let mut names = Names::default();
        for (name, expected) in [
            ("users", "Users"),
            ("order_items", "OrderItems"),
            ("core.users", "CoreUsers"),
            ("USERS", "UsersTable"),
            ("Users", "Users2"),
            ("option", "OptionTable"),
            ("2fa codes", "Table2faCodes"),
            ("userAccount", "UserAccount"),
            ("straße", "Straße"),
            ("\"a.b\"", "AB"),
            ("!", "TableTable"),
        ] {
            assert_eq!(names.of_table(name), expected, "{name}");
        }
        assert_eq!(names.of_enum("users"), "UsersEnum");
    }

    #[test]
    fn fields_are_valid_and_distinct() {
        let columns = [
            "id", "type", "userId", "user_id", "self", "1st", "a b", "", "_", "ID", "__read",
        ];
        let expected = [
            "id",
            "type",
            "user_id_2",
            "user_id",
            "self_",
            "_1st",
            "a_b",
            "column",
            "_column",
            "id_2",
            "read",
        ];
        assert_eq!(fields(columns), expected);
        assert_eq!(ident("type"), "r#type");
    }

    #[test]
    fn values_have_a_case_if_all_of_them_do() {
        let case = |values: &[&str]| {
            case_of_values(
                &values
                    .iter()
                    .map(|&value| value.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(case(&["fine", "in_repair"]), Some("snake_case"));
        assert_eq!(case(&["FINE", "IN_REPAIR"]), Some("SCREAMING_SNAKE_CASE"));
        assert_eq!(case(&["fine", "IN_REPAIR"]), None);
        assert_eq!(case(&["a_b"]), None);
        assert_eq!(case(&["x86_64"]), None);
        assert_eq!(
            variants(&["so-so".into(), "so so".into(), "1".into()]),
            ["SoSo", "SoSo2", "Value1"]
        );
    }
}
