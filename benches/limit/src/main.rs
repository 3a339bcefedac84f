//! The limit: the raw driver doing the least work that gives the same result.

#[path = "../../harness.rs"]
mod harness;
include!("../migrations.rs");

#[cfg(feature = "postgres")]
use postgres::Client as Connection;
#[cfg(feature = "sqlite")]
use rusqlite::Connection;

struct App {
    connection: Connection,
    record: Record,
}

/// What says which revision a database is at.
#[derive(Clone, Copy, PartialEq)]
enum Record {
    /// The row of a chain: what we read, too.
    Row,
    /// The only column of the only row of a table without a key: the least that a statement can read.
    Bare,
    /// A number in the head of the file.
    Pragma,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        #[cfg(feature = "sqlite")]
        let connection = Connection::open(url).unwrap();
        #[cfg(feature = "postgres")]
        let connection = Connection::connect(url, postgres::NoTls).unwrap();
        App {
            connection,
            record: match variant {
                "" => Record::Row,
                "bare" => Record::Bare,
                "pragma" => Record::Pragma,
                other => panic!("no such variant: {other}"),
            },
        }
    }

    fn migrate(&mut self) {
        let recorded = match self.record {
            Record::Row => self.recorded(),
            Record::Bare => self.bare(),
            Record::Pragma => self.user_version(),
        };
        if recorded != SCRIPTS.len() {
            self.apply(recorded);
        }
    }

    fn query(&mut self) {
        let sql = "SELECT name FROM t1 WHERE id = 1";
        #[cfg(feature = "sqlite")]
        let name: String = self.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        #[cfg(feature = "postgres")]
        let name: String = self.connection.query_one(sql, &[]).unwrap().get(0);
        assert_eq!(name, "one");
    }
}

const SELECT: &str = "SELECT revision, fingerprint FROM recorded WHERE chain = 'main'";
const SELECT_BARE: &str = "SELECT revision FROM recorded";

impl App {
    /// One statement that reads the recorded revision.
    #[cfg(feature = "sqlite")]
    fn recorded(&mut self) -> usize {
        let row = self.connection.query_row(SELECT, [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        });
        row.map_or(0, |(revision, _)| revision.parse().unwrap())
    }

    #[cfg(feature = "sqlite")]
    fn bare(&mut self) -> usize {
        let row = self.connection.query_row(SELECT_BARE, [], |row| row.get::<_, String>(0));
        row.map_or(0, |revision| revision.parse().unwrap())
    }

    #[cfg(feature = "sqlite")]
    fn user_version(&mut self) -> usize {
        let version = self.connection.pragma_query_value(None, "user_version", |row| row.get(0));
        usize::try_from(version.unwrap_or(0_i32)).unwrap()
    }

    #[cfg(feature = "postgres")]
    fn recorded(&mut self) -> usize {
        self.revision(SELECT)
    }

    #[cfg(feature = "postgres")]
    fn bare(&mut self) -> usize {
        self.revision(SELECT_BARE)
    }

    #[cfg(feature = "postgres")]
    fn revision(&mut self, select: &str) -> usize {
        let Ok(answer) = self.connection.simple_query(select) else {
            return 0;
        };
        let row = answer.iter().find_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().parse().unwrap()),
            _ => None,
        });
        row.unwrap_or(0)
    }

    #[cfg(feature = "postgres")]
    fn user_version(&mut self) -> usize {
        unreachable!("PostgreSQL has no such pragma")
    }

    /// All SQL in one transaction, and one insert.
    fn apply(&mut self, from: usize) {
        let sqlite = cfg!(feature = "sqlite");
        let mut sql = String::from(if sqlite { "BEGIN IMMEDIATE;" } else { "BEGIN;" });
        for script in &SCRIPTS[from..] {
            sql.push_str(script);
        }
        let (fingerprint, count) = ("0".repeat(64), SCRIPTS.len());
        if self.record == Record::Pragma {
            sql.push_str(&format!("PRAGMA user_version = {count};"));
        } else if self.record == Record::Bare && from == 0 {
            sql.push_str("CREATE TABLE recorded (revision TEXT);");
            sql.push_str(&format!("INSERT INTO recorded VALUES ('{count}');"));
        } else if from == 0 {
            sql.push_str(
                "CREATE TABLE recorded (chain TEXT, revision TEXT, fingerprint TEXT, PRIMARY KEY (chain, revision));",
            );
            sql.push_str(&format!("INSERT INTO recorded VALUES ('main', '{count}', '{fingerprint}');"));
        } else {
            sql.push_str(&format!("UPDATE recorded SET revision = '{count}';"));
        }
        sql.push_str("COMMIT;");
        #[cfg(feature = "sqlite")]
        self.connection.execute_batch(&sql).unwrap();
        #[cfg(feature = "postgres")]
        self.connection.batch_execute(&sql).unwrap();
    }
}

fn main() {
    harness::run::<App>();
}
