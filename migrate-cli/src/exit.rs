use std::process::ExitCode;

use migrate_runtime::ErrorKind;

/// How a command ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: failed.
    Failed,
    /// 2: not a command, or a target that is none.
    Usage,
    /// 3: something is pending, the database is not at the head, or it has drifted: `check`,
    /// `current --check-heads`, `verify` and `--exit-code`.
    Pending,
    /// 4: the lock was not obtained in time.
    Locked,
    /// 5: an interrupted step needs `resolve`.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Pending => 3,
            Exit::Locked => 4,
            Exit::Interrupted => 5,
        }
    }

    pub(crate) fn of(kind: ErrorKind) -> Exit {
        match kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::Pending => Exit::Pending,
            ErrorKind::Locked => Exit::Locked,
            ErrorKind::Interrupted => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
