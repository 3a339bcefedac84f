//! A proxy between a client and PostgreSQL: it counts round trips, records statements, delays, and cuts the connection
//! at a chosen moment.
//!
//! It understands the protocol's framing only. A *request* is what the server answers with one `ReadyForQuery`: a simple
//! query, or a group of extended-protocol messages up to their `Sync`.

mod connection;
mod frame;

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ::postgres::config::Host;
use ::postgres::{Client, Config, NoTls};

use crate::postgres::{self, Database};

/// Stands between clients and one database. Dropping it cuts what is still connected.
pub struct Proxy {
    config: Config,
    address: SocketAddr,
    state: Arc<State>,
}

/// What went from clients to the server, on all connections; connecting and logging in is not counted.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Protocol messages (a simple query is one; Parse, Bind, Execute, Sync are four).
    pub messages: usize,
    /// Requests: simple queries and `Sync`s. Each costs a client that waits for the reply one round trip.
    pub round_trips: usize,
    /// How often a client spoke after the server had spoken; fewer than `round_trips` if the client pipelines.
    pub bursts: usize,
    /// The texts of the simple queries and of the statements prepared, in order.
    pub statements: Vec<String>,
}

/// Which request a cut concerns.
#[derive(Clone, Debug)]
pub enum When {
    /// The n-th from now, counted from 1, over all connections.
    Request(usize),
    /// The next one with a statement that contains this.
    Text(&'static str),
    /// The next one with a statement that ends in this.
    Ends(&'static str),
}

/// At which moment of the request the connection breaks, for both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never receives the request.
    Before,
    /// The server receives it, and the connection is gone while it is at work.
    During,
    /// The server has carried it out and answered; nothing of the reply arrives.
    After,
    /// As `After`, but this many bytes of the reply arrive: cut in the middle of a message, if you like.
    Within(usize),
}

/// What all connections share.
struct State {
    upstream: Vec<SocketAddr>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    closed: bool,
    delay: Duration,
    traffic: Traffic,
    cut: Option<(When, Cut)>,
    /// Both ends of each connection, for cutting.
    sockets: Vec<TcpStream>,
}

impl Proxy {
    /// Listens on a loopback port of its own, in front of a database.
    ///
    /// # Panics
    ///
    /// If the server is reached over a Unix socket only (of a URL given by the environment).
    #[must_use]
    pub fn new(database: &Database) -> Self {
        let mut config = database.config();
        let Some(Host::Tcp(host)) = config.get_hosts().first() else {
            panic!(
                "the proxy speaks TCP: {} must name a host",
                postgres::URL_VARIABLE
            );
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let upstream = (host.as_str(), port).to_socket_addrs().unwrap().collect();

        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            upstream,
            shared: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if accepting.shared().closed {
                    break;
                }
                // If the server is down the client finds its connection closed, as it would without us.
                let _ = connection::relay(&accepting, client);
            }
        });
        config = relocated(&config, address);
        Self {
            config,
            address,
            state,
        }
    }

    /// How to connect to the database through the proxy.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// The URL of the database through the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        postgres::url(&self.config)
    }

    /// A new connection through the proxy.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn connect(&self) -> Client {
        self.config
            .connect(NoTls)
            .expect("the test's database accepts connections through the proxy")
    }

    /// What has gone to the server since the start, or the last [`reset`](Self::reset).
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.state.shared().traffic.clone()
    }

    /// Counts from nothing again.
    pub fn reset(&self) {
        self.state.shared().traffic = Traffic::default();
    }

    /// Holds every request, and every reply, back for this long: a network whose round trip takes twice as much.
    pub fn delay(&self, each_way: Duration) {
        self.state.shared().delay = each_way;
    }

    /// Arms one cut; it is disarmed when it happens, and replaces one that has not happened yet.
    pub fn cut(&self, when: When, how: Cut) {
        self.state.shared().cut = Some((when, how));
    }

    /// Cuts all connections now. New ones are accepted.
    pub fn disconnect(&self) {
        self.state.shared().disconnect();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut shared = self.state.shared();
        shared.closed = true;
        shared.disconnect();
        drop(shared);
        // Wakes the thread that accepts, so that it sees that we are closed.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn disconnect(&mut self) {
        for socket in self.sockets.drain(..) {
            // An error says that it is closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Counts a request and says whether it is the one to cut.
    fn note(&mut self, messages: usize, statements: Vec<String>) -> Option<Cut> {
        let hit = match &mut self.cut {
            Some((When::Request(left), _)) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            Some((When::Text(text), _)) => {
                statements.iter().any(|statement| statement.contains(*text))
            }
            Some((When::Ends(text), _)) => statements
                .iter()
                .any(|statement| statement.ends_with(*text)),
            None => false,
        };
        self.traffic.messages += messages;
        self.traffic.round_trips += 1;
        self.traffic.statements.extend(statements);
        if hit {
            self.cut.take().map(|(_, how)| how)
        } else {
            None
        }
    }
}

/// A configuration at another address: `Config` can only add hosts.
fn relocated(config: &Config, address: SocketAddr) -> Config {
    let mut there = Config::new();
    there.host(&address.ip().to_string()).port(address.port());
    config.get_user().map(|user| there.user(user));
    config
        .get_password()
        .map(|password| there.password(password));
    config.get_dbname().map(|name| there.dbname(name));
    config.get_options().map(|options| there.options(options));
    there
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::Postgres;

    fn proxied() -> (Database, Proxy) {
        let database = Postgres::shared().database();
        let proxy = Proxy::new(&database);
        (database, proxy)
    }

    #[test]
    fn a_simple_query_is_one_round_trip() {
        let (_database, proxy) = proxied();
        let mut client = proxy.connect();
        client.batch_execute("SELECT 1; SELECT 2").unwrap();
        let traffic = proxy.traffic();
        assert_eq!(
            (traffic.messages, traffic.round_trips, traffic.bursts),
            (1, 1, 1)
        );
        assert_eq!(traffic.statements, ["SELECT 1; SELECT 2"]);
    }

    #[test]
    fn a_query_with_parameters_is_prepared_and_executed() {
        let (_database, proxy) = proxied();
        let mut client = proxy.connect();
        client.query("SELECT $1::int", &[&1]).unwrap();
        let traffic = proxy.traffic();
        // Parse, Describe, Sync; Bind, Execute, Sync.
        assert_eq!(
            (traffic.messages, traffic.round_trips, traffic.bursts),
            (6, 2, 2)
        );
        assert_eq!(traffic.statements, ["SELECT $1::int"]);
        proxy.reset();
        assert_eq!(proxy.traffic().messages, 0);
    }

    #[test]
    fn large_replies_and_copies_pass() {
        let (_database, proxy) = proxied();
        let mut client = proxy.connect();
        let row = client
            .query_one("SELECT repeat('x', 3000000)", &[])
            .unwrap();
        assert_eq!(row.get::<_, &str>(0).len(), 3_000_000);
        client.batch_execute("CREATE TABLE t (a text)").unwrap();
        let mut copy = client.copy_in("COPY t FROM STDIN").unwrap();
        std::io::Write::write_all(&mut copy, &b"line\n".repeat(50_000)).unwrap();
        assert_eq!(copy.finish().unwrap(), 50_000);
    }

    #[test]
    fn a_cut_decides_what_the_server_has_done() {
        for (cut, done) in [(Cut::Before, 0_i64), (Cut::After, 1), (Cut::Within(3), 1)] {
            let (database, proxy) = proxied();
            let mut client = proxy.connect();
            client.batch_execute("CREATE TABLE t (a int)").unwrap();
            proxy.cut(When::Text("INSERT"), cut);
            client.batch_execute("SELECT 1").unwrap();
            let lost = client.batch_execute("INSERT INTO t VALUES (1)");
            assert!(lost.unwrap_err().as_db_error().is_none(), "{cut:?}");
            assert!(client.is_closed());
            let count = database
                .connect()
                .query_one("SELECT count(*) FROM t", &[])
                .unwrap();
            assert_eq!(count.get::<_, i64>(0), done, "{cut:?}");
            proxy
                .connect()
                .batch_execute("INSERT INTO t VALUES (1)")
                .unwrap();
        }
    }

    #[test]
    fn the_nth_request_is_cut_while_the_server_works() {
        let (database, proxy) = proxied();
        let mut client = proxy.connect();
        proxy.cut(When::Request(2), Cut::During);
        client.batch_execute("SELECT 1").unwrap();
        let start = Instant::now();
        let lost = client.batch_execute("SELECT pg_sleep(30)");
        assert!(lost.unwrap_err().as_db_error().is_none());
        assert!(start.elapsed() < Duration::from_secs(10));
        // The server may take a moment to begin, and goes on although nobody waits for it.
        let sql =
            "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'";
        let mut observer = database.connect();
        while observer.query(sql, &[]).unwrap().is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10));
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_delay_is_paid_twice_a_round_trip() {
        let (_database, proxy) = proxied();
        let mut client = proxy.connect();
        proxy.delay(Duration::from_millis(50));
        let start = Instant::now();
        client.batch_execute("SELECT 1").unwrap();
        assert!(start.elapsed() >= Duration::from_millis(100));
        proxy.disconnect();
        let lost = client.batch_execute("SELECT 1");
        assert!(lost.unwrap_err().as_db_error().is_none());
    }
}
