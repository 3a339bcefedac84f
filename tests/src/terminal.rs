//! A program at a terminal: a pseudo terminal, on which a test reads and types.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Longer than any program here works before it asks.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program whose three streams are a terminal; ended when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    /// How much of it a test has read.
    read: usize,
}

impl Terminal {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let side = || {
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            Stdio::from(open(&*name, flags, Mode::empty()).unwrap())
        };
        let child = command
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        // Ours are closed, so that reading ends when the program does.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let keyboard = File::from(master);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Linux ends with an error where others end with nothing.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let sent = sender.send(buffer.iter().take(count).copied().collect());
                if sent.is_err() {
                    return;
                }
            }
        });
        Terminal {
            child,
            keyboard,
            screen,
            seen: Vec::new(),
            read: 0,
        }
    }

    /// Reads on until this was said, and returns all that was said since the last time.
    pub fn reads(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let said = self.said();
            if said.contains(text) {
                self.read = self.seen.len();
                return said;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(more) => self.seen.extend(more),
                Err(error) => panic!("`{text}` does not come ({error}):\n{said}"),
            }
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").unwrap();
    }

    /// Presses Ctrl-D: there is nothing more to come.
    pub fn hangs_up(&mut self) {
        self.keyboard.write_all(b"\x04").unwrap();
    }

    /// What is said to the end, and how it ended.
    pub fn ends(mut self) -> (String, ExitStatus) {
        let status = self.drain();
        (self.said(), status)
    }

    /// All that came to the terminal, its colours and movements too.
    pub fn ends_as_sent(mut self) -> String {
        self.drain();
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    fn drain(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(more) => self.seen.extend(more),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(error) => panic!("it does not end ({error}):\n{}", self.said()),
            }
        }
        self.child.wait().unwrap()
    }

    /// What a test has not read yet, without the terminal's own line ends, colours, and lines that were taken away.
    fn said(&self) -> String {
        let text = String::from_utf8_lossy(self.seen.get(self.read..).unwrap_or_default());
        let text = text.replace("\r\n", "\n");
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some((before, escape)) = rest.split_once("\x1b[") {
            plain.push_str(before);
            let end = escape.find(|c: char| c.is_ascii_alphabetic());
            let Some((end, next)) =
                end.and_then(|end| Some((&escape[end..], escape.get(end + 1..)?)))
            else {
                rest = "";
                break;
            };
            // What moves on a line takes it away before it draws it anew.
            if end.starts_with('K') {
                plain.truncate(plain.rfind('\n').map_or(0, |at| at + 1));
            }
            rest = next;
        }
        plain.push_str(rest);
        plain
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
