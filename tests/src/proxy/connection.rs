//! One connection through the proxy: a thread each way.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::frame::{Frame, GSSENC_REQUEST, SSL_REQUEST};
use super::{Cut, State};

/// What the two threads of a connection tell each other.
#[derive(Default)]
struct Link {
    /// Requests sent; logging in is request 0.
    sent: usize,
    /// Whether the server spoke last: what the client says next is a new burst.
    server_spoke: bool,
    /// The request whose reply is not to arrive, and how many bytes of it may.
    doomed: Option<(usize, usize)>,
}

/// Connects to the server and starts passing messages on.
pub(super) fn relay(state: &Arc<State>, client: TcpStream) -> io::Result<()> {
    let server = TcpStream::connect(state.upstream.as_slice())?;
    // A delay is ours to choose.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let link = Arc::new(Mutex::new(Link::default()));
    let way = |from: &TcpStream, to: &TcpStream| -> io::Result<Way> {
        let (state, link) = (Arc::clone(state), Arc::clone(&link));
        Ok(Way {
            state,
            link,
            from: BufReader::new(from.try_clone()?),
            to: to.try_clone()?,
        })
    };
    let (mut there, mut back) = (way(&client, &server)?, way(&server, &client)?);
    state.shared().sockets.extend([client, server]);
    thread::spawn(move || {
        // However a direction ends, the other is of no use any more.
        let _ = there.requests();
        there.close();
    });
    thread::spawn(move || {
        let _ = back.replies();
        back.close();
    });
    Ok(())
}

/// One direction of a connection.
struct Way {
    state: Arc<State>,
    link: Arc<Mutex<Link>>,
    from: BufReader<TcpStream>,
    to: TcpStream,
}

impl Way {
    fn link<T>(&self, act: impl FnOnce(&mut Link) -> T) -> T {
        act(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn close(&self) {
        let _ = self.from.get_ref().shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }

    fn wait(&self) {
        let delay = self.state.shared().delay;
        thread::sleep(delay);
    }

    /// From the client to the server. Messages are held until they make a request, so that a cut can keep all of it.
    fn requests(&mut self) -> io::Result<()> {
        if !self.first()? {
            return Ok(());
        }
        let (mut held, mut messages, mut statements) = (Vec::new(), 0, Vec::new());
        while let Some(frame) = Frame::read(&mut self.from)? {
            held.extend_from_slice(&frame.bytes);
            // Not counted: a password, data of a COPY, the goodbye.
            if matches!(frame.kind, b'p' | b'd' | b'c' | b'f' | b'X') {
                self.to.write_all(&held)?;
                held.clear();
                continue;
            }
            messages += 1;
            statements.extend(frame.statement());
            if self.link(|link| std::mem::take(&mut link.server_spoke)) {
                self.state.shared().traffic.bursts += 1;
            }
            if matches!(frame.kind, b'Q' | b'S' | b'F') {
                let cut = self
                    .state
                    .shared()
                    .note(messages, std::mem::take(&mut statements));
                messages = 0;
                if cut == Some(Cut::Before) {
                    return Ok(());
                }
                self.link(|link| {
                    link.sent += 1;
                    link.doomed = match cut {
                        Some(Cut::After) => Some((link.sent, 0)),
                        Some(Cut::Within(bytes)) => Some((link.sent, bytes)),
                        _ => link.doomed,
                    };
                });
                self.wait();
                self.to.write_all(&held)?;
                held.clear();
                if cut == Some(Cut::During) {
                    return Ok(());
                }
            } else if frame.kind == b'H' {
                // A Flush wants an answer before the request is complete.
                self.to.write_all(&held)?;
                held.clear();
            }
        }
        Ok(())
    }

    /// The connection's first message: encryption is declined (or we would read nothing). False if none followed.
    fn first(&mut self) -> io::Result<bool> {
        while let Some(frame) = Frame::read_first(&mut self.from)? {
            if !matches!(frame.code(), SSL_REQUEST | GSSENC_REQUEST) {
                self.to.write_all(&frame.bytes)?;
                return Ok(true);
            }
            self.from.get_mut().write_all(b"N")?;
        }
        Ok(false)
    }

    /// From the server to the client. A reply ends with ReadyForQuery.
    fn replies(&mut self) -> io::Result<()> {
        let (mut answered, mut begun, mut passed, mut held) = (0, false, 0, Vec::new());
        while let Some(frame) = Frame::read(&mut self.from)? {
            if !std::mem::replace(&mut begun, true) {
                self.wait();
            }
            let doomed = self.link(|link| {
                link.server_spoke = true;
                link.doomed.filter(|(request, _)| *request == answered)
            });
            let part = doomed.map_or(frame.bytes.len(), |(_, bytes)| {
                frame.bytes.len().min(bytes - passed)
            });
            held.extend_from_slice(&frame.bytes[..part]);
            passed += if doomed.is_some() { part } else { 0 };
            let ready = frame.kind == b'Z';
            // A large reply goes on in portions as large as those it comes in.
            if ready || self.from.buffer().is_empty() {
                self.to.write_all(&held)?;
                held.clear();
            }
            if ready {
                if doomed.is_some() {
                    return Ok(());
                }
                answered += 1;
                begun = false;
            }
        }
        // What a server says before it hangs up ("the database system is shutting down") has no ReadyForQuery.
        self.to.write_all(&held)
    }
}
