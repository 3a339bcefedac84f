//! The job itself, on the tables as the newest revision leaves them.

use std::error::Error;
use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::arguments::Put;

pub(crate) struct Inventory(Connection);

pub(crate) struct Item {
    name: String,
    quantity: f64,
    unit: String,
    shelf: String,
    movements: i64,
}

const SELECT: &str = "SELECT name, quantity, unit, shelf, \
    (SELECT count(*) FROM movement WHERE item_id = item.id) FROM item";

impl Inventory {
    pub(crate) fn new(connection: Connection) -> Inventory {
        Inventory(connection)
    }

    pub(crate) fn list(&self) -> rusqlite::Result<Vec<Item>> {
        let mut select = self.0.prepare(&format!("{SELECT} ORDER BY name"))?;
        select.query_map([], Item::read)?.collect()
    }

    pub(crate) fn put(&mut self, what: &Put) -> Result<Item, Box<dyn Error>> {
        let transaction = self.begin()?;
        let unit: Option<String> = transaction
            .query_row(
                "SELECT code FROM unit WHERE ?1 IN (code, name)",
                [&what.unit],
                |row| row.get(0),
            )
            .optional()?;
        let unit = unit.ok_or_else(|| format!("nothing is measured in `{}`", what.unit))?;
        let stocked: Option<String> = transaction
            .query_row(
                "SELECT unit FROM item WHERE name = ?1",
                [&what.name],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(stocked) = stocked.filter(|stocked| *stocked != unit) {
            return Err(format!("{} is measured in {stocked}", what.name).into());
        }
        transaction.execute(
            "INSERT INTO item (name, quantity, unit, shelf) VALUES (?1, ?2, ?3, coalesce(?4, '')) \
             ON CONFLICT (name) DO UPDATE SET quantity = quantity + ?2, shelf = coalesce(?4, shelf)",
            params![what.name, what.quantity, unit, what.shelf],
        )?;
        log(&transaction, &what.name, what.quantity)?;
        transaction.commit()?;
        self.item(&what.name)
    }

    pub(crate) fn take(&mut self, name: &str, quantity: f64) -> Result<Item, Box<dyn Error>> {
        let item = self.item(name)?;
        let transaction = self.begin()?;
        let taken = transaction.execute(
            "UPDATE item SET quantity = quantity - ?2 WHERE name = ?1 AND quantity >= ?2",
            params![name, quantity],
        )?;
        if taken == 0 {
            return Err(format!("there is not so much: {item}").into());
        }
        log(&transaction, name, -quantity)?;
        transaction.commit()?;
        self.item(name)
    }

    /// Others may write at the same time: the lock is taken before anything is read.
    fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.0
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }

    fn item(&self, name: &str) -> Result<Item, Box<dyn Error>> {
        let select = format!("{SELECT} WHERE name = ?1");
        let item = self.0.query_row(&select, [name], Item::read).optional()?;
        item.ok_or_else(|| format!("`{name}` was never in stock").into())
    }
}

fn log(connection: &Connection, name: &str, quantity: f64) -> rusqlite::Result<usize> {
    connection.execute(
        "INSERT INTO movement (item_id, quantity) SELECT id, ?2 FROM item WHERE name = ?1",
        params![name, quantity],
    )
}

impl Item {
    fn read(row: &Row<'_>) -> rusqlite::Result<Item> {
        Ok(Item {
            name: row.get(0)?,
            quantity: row.get(1)?,
            unit: row.get(2)?,
            shelf: row.get(3)?,
            movements: row.get(4)?,
        })
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.quantity, self.unit)?;
        if !self.shelf.is_empty() {
            write!(f, ", shelf {}", self.shelf)?;
        }
        let plural = if self.movements == 1 { "" } else { "s" };
        write!(f, " ({} movement{plural})", self.movements)
    }
}
