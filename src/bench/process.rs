//! Programs that a bench starts: ended when dropped, and what they cost the machine.
//!
//! It reads Linux's /proc; elsewhere the cost is shown as unknown.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The unit of times in /proc, on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// How long a program may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(15);

/// The variables by which a shell leads PostgreSQL's clients to a server of its own, or has it run
/// otherwise than we say.
const OF_POSTGRES: [&str; 6] =
    ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE"];

/// A program to be started, tied to this process: if this one is killed outright and drops nothing,
/// the system sends it the signal (on Linux; elsewhere it would be left behind). It must be started
/// from the main thread, whose end is what the system goes by. `setpriv` takes more options: whom
/// it is to run as.
///
/// It has a process group of its own, so that the terminal's Ctrl-C reaches it only through us.
pub(super) fn tied(program: &Path, signal: &str, setpriv: &[&str]) -> Command {
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("setpriv");
        command.args(setpriv).args(["--pdeathsig", signal, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    for name in OF_POSTGRES {
        command.env_remove(name);
    }
    command.process_group(0).stdin(Stdio::null());
    command
}

/// A program that runs until this is dropped.
pub(super) struct Process {
    child: Child,
    /// The signal that ends it.
    signal: &'static str,
}

impl Process {
    pub(super) fn new(child: Child, signal: &'static str) -> Self {
        Self { child, signal }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let id = self.id().to_string();
        if !self.has_ended() {
            // If there is no such program, it is killed below.
            let _ = Command::new("kill").args(["-s", self.signal, &id]).status();
        }
        let begun = Instant::now();
        while !self.has_ended() {
            if begun.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// An address on this machine that nobody has just now.
pub(super) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Seconds of processor time that a process itself has used, in user and system mode.
pub(super) fn cpu(id: u32) -> Option<f64> {
    Some(Times::of(&id.to_string())?.own)
}

/// What this process has used, without what it started.
pub(super) fn own_cpu() -> Option<f64> {
    Some(Times::of("self")?.own)
}

/// What the programs have used that this process started and that have ended.
pub(super) fn ended_children_cpu() -> Option<f64> {
    Some(Times::of("self")?.ended_children)
}

/// What a process and its children, living or ended, have used: a PostgreSQL server and its
/// backends.
pub(super) fn family_cpu(parent: u32) -> Option<f64> {
    let head = Times::of(&parent.to_string())?;
    let ids =
        fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let living = ids.filter_map(|id| Times::of(&id)).filter(|times| times.parent == parent);
    Some(head.own + head.ended_children + living.map(|times| times.own).sum::<f64>())
}

/// How many bytes of memory a process has in use.
pub(super) fn resident(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

/// A line of /proc/…/stat, as far as it is of interest.
struct Times {
    parent: u32,
    own: f64,
    ended_children: f64,
}

impl Times {
    fn of(id: &str) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    fn read(stat: &str) -> Option<Self> {
        // The second field is the program's name in parentheses, which may itself hold any.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS_PER_SECOND);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: seconds(11)? + seconds(12)?,
            ended_children: seconds(13)? + seconds(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read_behind_the_name() {
        let line = "7 (a) b) S 3 7 7 0 -1 4194560 9 9 9 9 150 50 20 5 20 0 1 0 1 1 1";
        let times = Times::read(line).unwrap();
        assert_eq!((times.parent, times.own, times.ended_children), (3, 2.0, 0.25));
        assert!(Times::read("7 (a) S 3").is_none());
    }
}
