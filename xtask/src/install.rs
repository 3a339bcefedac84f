//! Installs the programs that tests need through the system's own package manager.

use std::process::Command;

use xtask::requirement::{self, Requirement, on_path};

use crate::{Result, command};

/// A package manager.
struct Manager {
    program: &'static str,
    /// What must be run first, or a fresh image knows no packages.
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    /// Whether it wants to be root; Homebrew refuses to be.
    root: bool,
}

/// In order of preference: the system's own ones come before Homebrew, which may be there as well.
const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        refresh: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
        root: true,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["install", "--assumeyes"],
        root: true,
    },
    Manager {
        program: "apk",
        refresh: None,
        install: &["add", "--no-cache"],
        root: true,
    },
    Manager {
        program: "pacman",
        refresh: None,
        install: &["--sync", "--refresh", "--needed", "--noconfirm"],
        root: true,
    },
    Manager {
        program: "brew",
        refresh: None,
        install: &["install"],
        root: false,
    },
];

/// Installs what is missing, and says where the rest was found.
pub(crate) fn missing() -> Result {
    for requirement in requirement::ALL {
        match requirement.find() {
            Some(path) => eprintln!("{} found: {}", requirement.name, path.display()),
            None => install(requirement)?,
        }
    }
    Ok(())
}

/// Installs it through the first package manager that is there.
pub(crate) fn install(requirement: &Requirement) -> Result {
    let by_hand = |why: &str| {
        let packages: Vec<_> = requirement
            .packages
            .iter()
            .map(|(manager, package)| format!("{package} ({manager})"))
            .collect();
        format!(
            "the tests need {}: {why}; install it yourself: {}",
            requirement.name,
            packages.join(", ")
        )
    };
    let available = MANAGERS
        .iter()
        .filter(|manager| on_path(manager.program).is_some());
    let choice = available.into_iter().find_map(|manager| {
        let (_, package) = requirement
            .packages
            .iter()
            .find(|(name, _)| *name == manager.program)?;
        Some((manager, *package))
    });
    let (manager, package) =
        choice.ok_or_else(|| by_hand("no package manager that we know is on PATH"))?;
    let sudo = manager.root && !is_root();
    if sudo && on_path("sudo").is_none() {
        return Err(by_hand("we are not root, and sudo is not on PATH"));
    }
    eprintln!(
        "{} is missing: installing {package} through {}",
        requirement.name, manager.program
    );
    // A mirror that is down for one list of many is no reason to give up: the installation itself decides.
    if let Some(refresh) = manager.refresh
        && let Err(error) = command::run(as_root(sudo, manager.program).args(refresh))
    {
        eprintln!("{error}; trying all the same");
    }
    command::run(
        as_root(sudo, manager.program)
            .args(manager.install)
            .arg(package),
    )
    .map_err(|error| by_hand(&error))?;
    match requirement.find() {
        Some(path) => {
            eprintln!("{} installed: {}", requirement.name, path.display());
            Ok(())
        }
        None => Err(by_hand(&format!(
            "{package} is installed, but brought no `{}` that we can find",
            requirement.program
        ))),
    }
}

/// A command that asks no questions, through sudo if need be.
fn as_root(sudo: bool, program: &str) -> Command {
    // `sudo` drops the environment, hence `env` in between.
    let mut command = Command::new(if sudo { "sudo" } else { "env" });
    if sudo {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", program]);
    command
}

/// std does not tell who we are.
fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
