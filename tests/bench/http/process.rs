//! Child processes: their memory, their end, and that none stays behind.

use crate::Failure;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::process::{Child, ChildStdout, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a wait looks again.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A server drains within 30 s; one that takes longer has failed.
const STOP_WAIT: Duration = Duration::from_secs(40);

/// A child process; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    /// Takes over a child.
    pub(crate) fn new(name: &'static str, child: Child) -> Self {
        Self { name, child }
    }

    /// Returns the child's standard output, once, if it is a pipe.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Fails if the child has ended.
    pub(crate) fn check_alive(&mut self) -> Result<(), Failure> {
        match self.child.try_wait()? {
            Some(status) => Err(format!("{} has ended by itself with {status}", self.name).into()),
            None => Ok(()),
        }
    }

    /// Returns the highest resident memory so far, in bytes (`VmHWM` of proc(5)).
    pub(crate) fn memory_high_water(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM in /proc")?;
        Ok(kib.parse::<u64>()? * 1024)
    }

    /// Asks the child to end by SIGTERM and returns how it did.
    pub(crate) fn terminate(mut self) -> Result<ExitStatus, Failure> {
        self.check_alive()?;
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if asked.elapsed() > STOP_WAIT {
                return Err(format!("{} did not end within {STOP_WAIT:?} of SIGTERM", self.name).into());
            }
            sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
