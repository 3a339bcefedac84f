//! Every Rust type of every feature, as a column of both databases.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use expect_test::expect;
use migrate_runtime::{Schema, Table, schema};

use super::catalog::{on_postgres, on_sqlite};

#[derive(Table)]
#[table(strict)]
struct Standard {
    bool: bool,
    i8: i8,
    u8: u8,
    i16: i16,
    u16: u16,
    i32: i32,
    u32: u32,
    i64: i64,
    f32: f32,
    f64: f64,
    string: String,
    text: &'static str,
    cow: Cow<'static, str>,
    boxed: Box<str>,
    shared: Arc<str>,
    counted: Rc<i32>,
    char: char,
    bytes: Vec<u8>,
    slice: &'static [u8],
    array: [u8; 32],
    ip: IpAddr,
    ip4: Ipv4Addr,
    ip6: Ipv6Addr,
    system_time: SystemTime,
    option: Option<Box<i64>>,
}

#[derive(Table)]
#[table(strict)]
struct Crates {
    uuid: uuid::Uuid,
    chrono_utc: chrono::DateTime<chrono::Utc>,
    chrono_fixed: Option<chrono::DateTime<chrono::FixedOffset>>,
    chrono_datetime: chrono::NaiveDateTime,
    chrono_date: chrono::NaiveDate,
    chrono_time: chrono::NaiveTime,
    time_offset: time::OffsetDateTime,
    time_utc: time::UtcDateTime,
    time_datetime: time::PrimitiveDateTime,
    time_date: time::Date,
    time_time: time::Time,
    jiff_timestamp: jiff::Timestamp,
    jiff_datetime: jiff::civil::DateTime,
    jiff_date: jiff::civil::Date,
    jiff_time: jiff::civil::Time,
    json: serde_json::Value,
    json_map: serde_json::Map<String, serde_json::Value>,
    decimal: rust_decimal::Decimal,
}

static SCHEMA: Schema = schema![Standard, Crates];

#[test]
fn each_has_its_column() {
    let connection = on_sqlite(&SCHEMA);
    let database = on_postgres(&SCHEMA);
    let mut client = database.connect();
    let mut seen = String::new();
    for table in SCHEMA.tables {
        for column in table.columns {
            let sqlite: (String, bool) = connection
                .query_row(
                    "SELECT type, \"notnull\" FROM pragma_table_info(?1) WHERE name = ?2",
                    [table.name, column.name],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            let row = client
                .query_one(
                    "SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
                     WHERE attrelid = to_regclass($1::text) AND attname = $2::text::name",
                    &[&table.name, &column.name],
                )
                .unwrap();
            let postgres: (String, bool) = (row.get(0), row.get(1));
            assert_eq!(postgres.0, column.sql_type.postgres, "{}", column.name);
            assert_eq!(sqlite.1, postgres.1);
            let null = if sqlite.1 { "" } else { ", NULL" };
            seen += &format!("{}: {}, {}{null}\n", column.name, sqlite.0, postgres.0);
        }
    }
    expect![[r#"
        bool: INTEGER, boolean
        i8: INTEGER, smallint
        u8: INTEGER, smallint
        i16: INTEGER, smallint
        u16: INTEGER, integer
        i32: INTEGER, integer
        u32: INTEGER, bigint
        i64: INTEGER, bigint
        f32: REAL, real
        f64: REAL, double precision
        string: TEXT, text
        text: TEXT, text
        cow: TEXT, text
        boxed: TEXT, text
        shared: TEXT, text
        counted: INTEGER, integer
        char: TEXT, text
        bytes: BLOB, bytea
        slice: BLOB, bytea
        array: BLOB, bytea
        ip: TEXT, inet
        ip4: TEXT, inet
        ip6: TEXT, inet
        system_time: TEXT, timestamp with time zone
        option: INTEGER, bigint, NULL
        uuid: BLOB, uuid
        chrono_utc: TEXT, timestamp with time zone
        chrono_fixed: TEXT, timestamp with time zone, NULL
        chrono_datetime: TEXT, timestamp without time zone
        chrono_date: TEXT, date
        chrono_time: TEXT, time without time zone
        time_offset: TEXT, timestamp with time zone
        time_utc: TEXT, timestamp with time zone
        time_datetime: TEXT, timestamp without time zone
        time_date: TEXT, date
        time_time: TEXT, time without time zone
        jiff_timestamp: TEXT, timestamp with time zone
        jiff_datetime: TEXT, timestamp without time zone
        jiff_date: TEXT, date
        jiff_time: TEXT, time without time zone
        json: TEXT, jsonb
        json_map: TEXT, jsonb
        decimal: TEXT, numeric
    "#]]
    .assert_eq(&seen);
}
