use heck::ToSnakeCase;
use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, Type};

use super::attr::{ColumnAttr, TableAttr};
use super::constraint::plain;
use crate::attribute::errors::Errors;

/// A struct, with what its attributes say.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) attr: TableAttr,
    /// The table's name.
    pub(crate) table: String,
    /// The fields that are columns.
    pub(crate) columns: Vec<Column<'a>>,
    /// The fields that are not.
    pub(crate) skipped: Vec<Column<'a>>,
}

/// A field, with what its attributes say.
pub(crate) struct Column<'a> {
    pub(crate) field: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) name: String,
    pub(crate) attr: ColumnAttr,
}

impl<'a> Model<'a> {
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Model<'a> {
        let attr = TableAttr::parse(&input.attrs, errors);
        let table = match &attr.name {
            Some(name) => name.value(),
            None => plain(&input.ident).to_snake_case(),
        };
        let mut columns = Vec::new();
        let mut skipped = Vec::new();
        if let Data::Struct(data) = &input.data
            && let Fields::Named(fields) = &data.fields
        {
            for field in &fields.named {
                let Some(ident) = &field.ident else { continue };
                let attr = ColumnAttr::parse(&field.attrs, errors);
                let column = Column {
                    field: ident,
                    ty: &field.ty,
                    name: match &attr.name {
                        Some(name) => name.value(),
                        None => plain(ident),
                    },
                    attr,
                };
                match column.attr.skip {
                    Some(_) => skipped.push(column),
                    None => columns.push(column),
                }
            }
        }
        Model {
            input,
            attr,
            table,
            columns,
            skipped,
        }
    }

    /// The column of a field.
    pub(crate) fn column(&self, field: &Ident) -> Option<&Column<'a>> {
        let name = plain(field);
        (self.columns.iter()).find(|column| plain(column.field) == name)
    }
}

impl Column<'_> {
    /// Where an error on its name goes.
    pub(crate) fn name_span(&self) -> proc_macro2::Span {
        match &self.attr.name {
            Some(name) => name.span(),
            None => self.field.span(),
        }
    }

    /// The type that `Option` holds, as far as the text tells.
    pub(crate) fn is_option(&self) -> bool {
        match self.ty {
            Type::Path(path) => {
                (path.path.segments.last()).is_some_and(|segment| segment.ident == "Option")
            }
            _ => false,
        }
    }
}
