use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use super::{ColumnType, SqlType, types};
use crate::schema::DbEnum;

types! {
    bool => "INTEGER", "boolean";
    i8, u8, i16 => "INTEGER", "smallint";
    u16, i32 => "INTEGER", "integer";
    u32, i64 => "INTEGER", "bigint";
    f32 => "REAL", "real";
    f64 => "REAL", "double precision";
    str, String, char => "TEXT", "text";
    [u8], Vec<u8> => "BLOB", "bytea";
    IpAddr, Ipv4Addr, Ipv6Addr => "TEXT", "inet";
    SystemTime => "TEXT", "timestamp with time zone";
}

#[diagnostic::do_not_recommend]
impl<const N: usize> ColumnType for [u8; N] {
    const TYPE: SqlType = <[u8]>::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: DbEnum> ColumnType for Vec<T> {
    const TYPE: SqlType = SqlType::array(&T::ENUM);
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> ColumnType for Option<T> {
    const TYPE: SqlType = T::TYPE.nullable(true);
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + ?Sized> ColumnType for &T {
    const TYPE: SqlType = T::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + ?Sized> ColumnType for Box<T> {
    const TYPE: SqlType = T::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + ?Sized> ColumnType for Rc<T> {
    const TYPE: SqlType = T::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + ?Sized> ColumnType for Arc<T> {
    const TYPE: SqlType = T::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType + ToOwned + ?Sized> ColumnType for Cow<'_, T> {
    const TYPE: SqlType = T::TYPE;
}
