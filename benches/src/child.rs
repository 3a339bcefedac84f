//! Programs of contenders, which are not waited for without end.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// How long a program may run.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);

/// Runs a program to its end, or fails after [`LONGEST`]. What it prints must fit into a pipe.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    let shown = command.get_program().display().to_string();
    let failed = |error| format!("{shown}: {error}");
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(failed)?;
    let status = wait(&mut child, Instant::now() + LONGEST)?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut stdout).map_err(failed)?;
    }
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_end(&mut stderr).map_err(failed)?;
    }
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

/// Waits for a program; one that runs at the deadline is killed, and told as an error.
pub(crate) fn wait(child: &mut Child, deadline: Instant) -> Result<ExitStatus> {
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            // It may have ended just now.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("> {} s", LONGEST.as_secs()));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let since = Instant::now();
        let waited = wait(&mut child, since + Duration::from_millis(50));
        assert_eq!(waited.unwrap_err(), "> 120 s");
        assert!(since.elapsed() < Duration::from_secs(30));
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn what_a_program_prints_is_kept() {
        let output = output(Command::new("sh").args(["-c", "echo told; echo why >&2; exit 3"]));
        let output = output.unwrap();
        assert_eq!(output.stdout, b"told\n");
        assert_eq!(output.stderr, b"why\n");
        assert_eq!(output.status.code(), Some(3));
    }
}
