use crate::migrations::snake_case;

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
            Case::Pascal => name.to_owned(),
            Case::Camel => {
                let mut rest = name.chars();
                let first = rest.next().into_iter().flat_map(char::to_lowercase);
                first.chain(rest.as_str().chars()).collect()
            }
            Case::Snake => snake_case(name),
            Case::ScreamingSnake => snake_case(name).to_uppercase(),
            Case::Kebab => snake_case(name).replace('_', "-"),
            Case::ScreamingKebab => snake_case(name).to_uppercase().replace('_', "-"),
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
}
