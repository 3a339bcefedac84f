use super::column::builders;

/// An enum whose values a database knows: a type of its own on PostgreSQL, text with a CHECK on
/// SQLite. Derive it with [`#[derive(DbEnum)]`](derive@crate::schema::DbEnum).
///
/// ```
/// use migrate_runtime::DbEnum;
///
/// #[derive(DbEnum, Debug, PartialEq)]
/// #[db_enum(name = "mood", rename_all = "snake_case")]
/// enum Mood {
///     VeryGood,
///     Bad,
/// }
///
/// assert_eq!(Mood::VeryGood.value(), "very_good");
/// assert_eq!(Mood::from_value("bad"), Some(Mood::Bad));
/// assert_eq!(Mood::from_value("worse"), None);
/// ```
pub trait DbEnum: Sized {
    /// The type.
    const ENUM: EnumDef;

    /// As the database writes it.
    fn value(&self) -> &'static str;

    /// The one that the database writes so.
    fn from_value(value: &str) -> Option<Self>;
}

/// An enum, as a model declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumDef {
    /// Its name.
    pub name: &'static str,
    /// The schema it lives in (PostgreSQL); by default the one that is current.
    pub schema: Option<&'static str>,
    /// The Rust type's name, for messages.
    pub model: &'static str,
    /// What it was called before.
    pub renamed_from: Option<&'static str>,
    /// What a person says of it (PostgreSQL).
    pub comment: Option<&'static str>,
    /// Its values, in order.
    pub values: &'static [EnumValueDef],
}

impl EnumDef {
    /// An enum of these values.
    pub const fn new(
        name: &'static str,
        model: &'static str,
        values: &'static [EnumValueDef],
    ) -> EnumDef {
        EnumDef {
            name,
            schema: None,
            model,
            renamed_from: None,
            comment: None,
            values,
        }
    }

    builders! {
        /// In that schema.
        with_schema => schema: Option<&'static str>;
        /// With the name it had.
        with_renamed_from => renamed_from: Option<&'static str>;
        /// With a comment.
        with_comment => comment: Option<&'static str>;
    }
}

/// A value of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumValueDef {
    /// As the database writes it.
    pub name: &'static str,
    /// As it wrote it before.
    pub renamed_from: Option<&'static str>,
}

impl EnumValueDef {
    /// A value.
    pub const fn new(name: &'static str) -> EnumValueDef {
        EnumValueDef {
            name,
            renamed_from: None,
        }
    }

    builders! {
        /// With the name it had.
        with_renamed_from => renamed_from: Option<&'static str>;
    }
}
