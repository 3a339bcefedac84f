use heck::{
    ToKebabCase, ToLowerCamelCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase,
    ToUpperCamelCase,
};

/// How the names of variants are written.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Each by its own name.
    pub(crate) const ALL: [(&'static str, Case); 8] = [
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("PascalCase", Case::Pascal),
        ("camelCase", Case::Camel),
        ("snake_case", Case::Snake),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("kebab-case", Case::Kebab),
        ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
    ];

    /// A variant's name, as written in Rust, in that case.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Pascal => name.to_upper_camel_case(),
            Case::Camel => name.to_lower_camel_case(),
            Case::Snake => name.to_snake_case(),
            Case::ScreamingSnake => name.to_shouty_snake_case(),
            Case::Kebab => name.to_kebab_case(),
            Case::ScreamingKebab => name.to_shouty_kebab_case(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn each_case_is_as_it_is_written() {
        for (name, case) in Case::ALL {
            let written = match name {
                "lowercase" => "verygood",
                "UPPERCASE" => "VERYGOOD",
                "PascalCase" => "VeryGood",
                "camelCase" => "veryGood",
                "snake_case" => "very_good",
                "SCREAMING_SNAKE_CASE" => "VERY_GOOD",
                "kebab-case" => "very-good",
                _ => "VERY-GOOD",
            };
            assert_eq!(case.apply("VeryGood"), written, "{name}");
        }
    }

    /// As sqlx, clap and strum read them.
    #[test]
    fn a_run_of_capitals_is_a_word() {
        for (name, snake) in [
            ("HTTPError", "http_error"),
            ("HTTP", "http"),
            ("OAuth2Token", "o_auth2_token"),
            ("UserTables2", "user_tables2"),
            ("Straße", "straße"),
        ] {
            assert_eq!(Case::Snake.apply(name), snake);
        }
        assert_eq!(Case::Camel.apply("HTTPError"), "httpError");
        assert_eq!(Case::Pascal.apply("HTTPError"), "HttpError");
    }
}
