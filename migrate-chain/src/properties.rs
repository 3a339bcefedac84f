use crate::Dialect;
use crate::nearest::did_you_mean;

/// How a section's script meets transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Transaction {
    /// In the transaction that the pending steps share: the default.
    #[default]
    Shared,
    /// `own transaction`: commits before and after.
    Own,
    /// `no transaction`: statement by statement, for what a transaction forbids.
    Outside,
}

/// What stands in parentheses after `-- upgrade` or `-- downgrade`, but for the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Properties {
    /// `own transaction` or `no transaction`.
    pub transaction: Transaction,
    /// `foreign keys off`: a SQLite table rebuild.
    pub foreign_keys_off: bool,
}

/// The properties as they are written, but for the dialects.
const WRITTEN: [&str; 3] = ["no transaction", "own transaction", "foreign keys off"];

impl Properties {
    /// The words between the parentheses, empty for the defaults.
    ///
    /// ```
    /// # use migrate_chain::Properties;
    /// let (dialect, properties) = Properties::parse("sqlite, foreign keys off").unwrap();
    /// assert_eq!(properties.to_words(), "foreign keys off");
    /// assert_eq!(dialect.unwrap().name(), "sqlite");
    /// ```
    pub fn to_words(self) -> String {
        let transaction = match self.transaction {
            Transaction::Shared => "",
            Transaction::Own => "own transaction",
            Transaction::Outside => "no transaction",
        };
        match (transaction, self.foreign_keys_off) {
            (one, false) => one.to_owned(),
            ("", true) => "foreign keys off".to_owned(),
            (one, true) => format!("{one}, foreign keys off"),
        }
    }

    /// Reads the words between the parentheses: a dialect, if one is named, and the rest.
    ///
    /// # Errors
    ///
    /// A sentence that says which word is unknown, given twice or at odds with another.
    pub fn parse(words: &str) -> Result<(Option<Dialect>, Properties), String> {
        let mut dialect = None;
        let mut transaction = None;
        let mut foreign_keys_off = false;
        for word in words.split(',') {
            let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
            let twice = match word.as_str() {
                "no transaction" => transaction.replace(Transaction::Outside).is_some(),
                "own transaction" => transaction.replace(Transaction::Own).is_some(),
                "foreign keys off" => std::mem::replace(&mut foreign_keys_off, true),
                "" => return Err("an empty property".to_owned()),
                name => match name.parse() {
                    Ok(named) => dialect.replace(named).is_some(),
                    Err(_) => return Err(unknown(name)),
                },
            };
            if twice {
                return Err(format!(
                    "`{word}` is one property too many: name one dialect, and `no transaction` or `own transaction` once"
                ));
            }
        }
        let properties = Properties {
            transaction: transaction.unwrap_or_default(),
            foreign_keys_off,
        };
        if foreign_keys_off && dialect == Some(Dialect::Postgres) {
            return Err("`foreign keys off` is for SQLite only".to_owned());
        }
        if foreign_keys_off && properties.transaction == Transaction::Outside {
            return Err(
                "`foreign keys off` needs a transaction, in which the keys are checked before COMMIT"
                    .to_owned(),
            );
        }
        Ok((dialect, properties))
    }

    /// As one byte of the table the macro writes.
    pub(crate) fn to_bits(self) -> u8 {
        let Properties {
            transaction,
            foreign_keys_off,
        } = self;
        let transaction = match transaction {
            Transaction::Shared => 0,
            Transaction::Own => 1,
            Transaction::Outside => 2,
        };
        transaction | u8::from(foreign_keys_off) << 2
    }

    /// Reads back what [`to_bits`](Properties::to_bits) wrote.
    pub(crate) fn from_bits(bits: u8) -> Option<Properties> {
        let transaction = match bits & 3 {
            0 => Transaction::Shared,
            1 => Transaction::Own,
            2 => Transaction::Outside,
            _ => return None,
        };
        (bits < 8).then_some(Properties {
            transaction,
            foreign_keys_off: bits & 4 != 0,
        })
    }
}

fn unknown(word: &str) -> String {
    let known = || Dialect::ALL.map(Dialect::name).into_iter().chain(WRITTEN);
    let mut message = format!("unknown property `{word}`");
    match did_you_mean(word, known()) {
        Some(meant) => message.push_str(&format!(": {meant}")),
        None => {
            let known: Vec<_> = known().collect();
            message.push_str(&format!(": the properties are {}", known.join(", ")));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_round_trip() {
        for transaction in [Transaction::Shared, Transaction::Own, Transaction::Outside] {
            for foreign_keys_off in [false, true] {
                let properties = Properties {
                    transaction,
                    foreign_keys_off,
                };
                assert_eq!(
                    Properties::from_bits(properties.to_bits()),
                    Some(properties)
                );
            }
        }
        assert_eq!(Properties::from_bits(3), None);
        assert_eq!(Properties::from_bits(8), None);
    }

    #[test]
    fn mistakes_are_named() {
        let error = |words| Properties::parse(words).unwrap_err();
        assert_eq!(
            error("no transactoin"),
            "unknown property `no transactoin`: did you mean `no transaction`?"
        );
        assert!(error("mysql").starts_with("unknown property `mysql`: the properties are"));
        assert!(error("sqlite, sqlite").contains("one property too many"));
        assert!(error("no transaction, own transaction").contains("one property too many"));
        assert!(error("postgres, foreign keys off").contains("for SQLite only"));
        assert!(error("").contains("empty property"));
    }
}
