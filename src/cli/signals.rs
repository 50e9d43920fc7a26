//! What ends the program from outside: unfinished files are removed first, and whoever started it sees the true cause.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use payee::io::AtomicFile;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, signal_name};

/// Watches for signals on a thread of its own. Those that whoever started the program told it to ignore, as `nohup` does,
/// stay ignored.
pub fn watch() -> io::Result<()> {
    // A file at the limit of its size is an error of writing like a full disk, and no reason to end at once.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let ignored = ignored();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored & bit(*signal) == 0))?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let targets = AtomicFile::abandon_all();
            let mut message = format!("payee: stopped by {}", signal_name(signal).unwrap_or("a signal"));
            if !targets.is_empty() {
                message.push_str(&format!("; nothing was written to {}", targets.join(", ")));
            }
            let _ = writeln!(io::stderr(), "{message}");
            let _ = emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// The signals that were ignored from the start, one bit each; none where the system does not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
