use hmac_sha256::Hash;

/// PostgreSQL cuts a longer name, silently.
pub const LONGEST_NAME: usize = 63;

/// The kinds of constraints and indexes, whose names follow one rule.
///
/// ```
/// use migrate_chain::Constraint;
///
/// assert_eq!(Constraint::PrimaryKey.name("users", &[]), "pk_users");
/// assert_eq!(Constraint::Unique.name("users", &["org_id", "email"]), "uq_users_org_id_email");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constraint {
    /// PRIMARY KEY, `pk_`.
    PrimaryKey,
    /// UNIQUE, `uq_`.
    Unique,
    /// An index, `ix_`.
    Index,
    /// FOREIGN KEY, `fk_`.
    ForeignKey,
    /// CHECK, `ck_`.
    Check,
}

impl Constraint {
    /// The name of a constraint of that table, made of its columns, for one that is given none: a
    /// constraint without a name could never be dropped.
    ///
    /// One that is longer than PostgreSQL's 63 bytes keeps its beginning and ends in a hash of the
    /// whole.
    ///
    /// ```
    /// # use migrate_chain::Constraint;
    /// let long = ["the_first_of_three_long_columns", "the_second_of_them", "and_the_third"];
    /// assert_eq!(
    ///     Constraint::Index.name("users", &long),
    ///     "ix_users_the_first_of_three_long_columns_the_second_of_e2e601b3",
    /// );
    /// ```
    pub fn name(self, table: &str, columns: &[&str]) -> String {
        let mut name = format!("{}_{table}", self.prefix());
        for column in columns {
            name.push('_');
            name.push_str(column);
        }
        if name.len() > LONGEST_NAME {
            let hash = Hash::hash(name.as_bytes());
            let mut end = LONGEST_NAME - 9;
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            name.truncate(end);
            let tail: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
            name = format!("{}_{tail}", name.trim_end_matches('_'));
        }
        name
    }

    const fn prefix(self) -> &'static str {
        match self {
            Constraint::PrimaryKey => "pk",
            Constraint::Unique => "uq",
            Constraint::Index => "ix",
            Constraint::ForeignKey => "fk",
            Constraint::Check => "ck",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_differ_and_fit() {
        let table = "ü".repeat(40);
        let (one, two) = (
            Constraint::Check.name(&table, &["a"]),
            Constraint::Check.name(&table, &["b"]),
        );
        assert!(one.len() <= LONGEST_NAME && two.len() <= LONGEST_NAME);
        assert_ne!(one, two);
        assert_eq!(one, Constraint::Check.name(&table, &["a"]));
    }
}
