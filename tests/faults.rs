//! Whatever goes wrong, an output is the old file or the whole new one, nothing lies about, and the reason is told.

#![cfg(unix)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::{Chance, Folder, PAYEE, Ran, column};

const HEAD: &str = "date,amount,description\n";
const ROW: &str = "2025-01-31,-42.10,WHOLEFDS TSQ 102\n";
const BAD_ROW: &str = "2025-13-45,-1,BAD DATE\n";
/// Nothing waits longer than this.
const PATIENCE: Duration = Duration::from_secs(60);
/// The reader looks at so many bytes before anything is begun.
const LOOKED_AT: usize = 256 * 1024;

fn rows(count: usize) -> String {
    let row = |at: usize| if at % 50 == 7 { BAD_ROW } else { ROW };
    HEAD.chars().chain((0..count).flat_map(|at| row(at).chars())).collect()
}

/// Numbers of rows that come out and that are rejected.
fn split(count: usize) -> (usize, usize) {
    let bad = (0..count).filter(|at| at % 50 == 7).count();
    (count - bad, bad)
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it took too long: {what}");
        sleep(Duration::from_millis(5));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Whether the tests themselves were started deaf to a signal, as under `nohup`: then so is what they start.
fn is_ignored(signal: &str) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (number(signal) - 1) & 1 == 1
}

fn number(signal: &str) -> i32 {
    match signal {
        "HUP" => 1,
        "INT" => 2,
        "KILL" => 9,
        _ => 15,
    }
}

impl Folder {
    fn parts(&self) -> Vec<String> {
        self.files().into_iter().filter(|name| name.ends_with(".part")).collect()
    }
}

/// Few rows, but more bytes than are looked at before the work begins: a column that nobody reads fills them up.
fn filled(count: usize) -> String {
    let filling = "x".repeat(LOOKED_AT / count + 1);
    rows(count).lines().map(|row| format!("{row},{filling}\n")).collect()
}

/// A run that reads from a pipe and is in the middle of its work, with its outputs begun.
fn in_the_middle(folder: &Folder, mut run: Command, outputs: usize) -> (Child, ChildStdin) {
    let mut child = run.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(filled(ROWS).as_bytes()).unwrap();
    wait_until("the outputs are begun", || folder.parts().len() == outputs);
    (child, input)
}

fn told(child: &mut Child) -> String {
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    told
}

/// Rows of a run.
const ROWS: usize = 20;
const TO_BOTH: &[&str] = &["enrich", "-", "--no-recurring", "-o", "out.csv", "--rejects", "bad.csv"];

#[test]
fn a_signal_leaves_the_old_files_and_nothing_else() {
    for signal in ["INT", "TERM", "HUP"].into_iter().filter(|signal| !is_ignored(signal)) {
        let folder = Folder::new();
        folder.put("out.csv", "old").put("bad.csv", "old too");
        let (mut child, input) = in_the_middle(&folder, folder.payee(TO_BOTH), 2);
        send(signal, &child);
        let status = child.wait().unwrap();
        let told = told(&mut child);
        drop(input);
        assert_eq!(status.signal(), Some(number(signal)), "{told}");
        assert!(told.contains(&format!("stopped by SIG{signal}")) && told.contains("out.csv, bad.csv"), "{told}");
        assert_eq!(folder.files(), ["bad.csv", "out.csv"]);
        assert_eq!((folder.text("out.csv"), folder.text("bad.csv")), ("old".into(), "old too".into()));
    }
}

#[test]
fn an_outright_kill_leaves_the_old_files() {
    let folder = Folder::new();
    folder.put("out.csv", "old");
    let (mut child, _input) = in_the_middle(&folder, folder.payee(TO_BOTH), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folder.text("out.csv"), "old");
    assert!(!folder.path().join("bad.csv").exists());
    // What is left over is hidden, so that a folder of statements can be read all the same, and does no harm to a new run.
    assert!(folder.parts().iter().all(|name| name.starts_with(".payee-")));
    folder.put("in.csv", rows(20));
    folder.run(&["enrich", "in.csv", "-q", "-o", "out.csv"]).ok();
    assert_eq!(column(&folder.text("out.csv"), "amount").len(), split(20).0);
}

#[test]
fn killed_at_any_point_each_file_is_old_or_whole() {
    const MANY: usize = 400;
    let (good, bad) = split(MANY);
    let mut chance = Chance(7);
    let signals = ["KILL", "TERM", "INT", "KILL", "TERM", "INT"];
    for signal in signals.into_iter().filter(|signal| !is_ignored(signal)) {
        let folder = Folder::new();
        folder.put("in.csv", rows(MANY)).put("out.csv", "old").put("bad.csv", "old");
        let mut child = folder
            .payee(&["enrich", "in.csv", "-o", "out.csv", "--rejects", "bad.csv"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(chance.below(900)));
        if child.try_wait().unwrap().is_none() {
            send(signal, &child);
        }
        let status = child.wait().unwrap();
        assert!(status.success() || status.signal() == Some(number(signal)), "{status}");
        for (name, count) in [("out.csv", good), ("bad.csv", bad)] {
            let text = folder.text(name);
            let is_whole =
                || csv::Reader::from_reader(text.as_bytes()).records().filter(Result::is_ok).count() == count;
            assert!((!status.success() && text == "old") || is_whole(), "{name} after {signal}: {text}");
        }
        assert!(signal == "KILL" || folder.parts().is_empty(), "{signal}: {:?}", folder.parts());
    }
}

#[test]
fn signals_that_were_to_be_ignored_stay_ignored() {
    let folder = Folder::new();
    let deaf = "trap '' HUP INT; exec \"$PAYEE\" enrich - --no-recurring -q -o out.csv";
    let mut run = folder.command("sh", &["-c", deaf]);
    run.env("PAYEE", PAYEE);
    let (mut child, input) = in_the_middle(&folder, run, 1);
    send("HUP", &child);
    send("INT", &child);
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(column(&folder.text("out.csv"), "amount").len(), split(ROWS).0);
}

#[test]
fn a_full_disk_leaves_the_old_files_and_nothing_else() {
    let folder = Folder::new();
    folder.put("in.csv", rows(300)).put("out.csv", "old").put("bad.csv", "old");
    // A file may have 16 blocks of 512 or 1024 bytes.
    let run = |rest: &str| folder.shell(&format!("ulimit -f 16; exec \"$PAYEE\" {rest}"));
    run("enrich in.csv --no-recurring -o out.csv --rejects bad.csv").refused(&["out.csv", "too large"]);
    // It is the rejects that have no room.
    folder.put("mostly_bad.csv", format!("{HEAD}{ROW}{}", BAD_ROW.repeat(500)));
    run("enrich mostly_bad.csv --no-recurring -o out.csv --rejects bad.csv").refused(&["bad.csv", "too large"]);
    assert_eq!((folder.text("out.csv"), folder.text("bad.csv")), ("old".into(), "old".into()));
    assert_eq!(folder.files(), ["bad.csv", "in.csv", "mostly_bad.csv", "out.csv"]);
}

#[test]
fn streams_are_written_whole_or_not_at_all() {
    let folder = Folder::new();
    let rows: String = (0..40)
        .flat_map(|account| (1..7).map(move |month| format!("2025-{month:02}-05,-15.49,NETFLIX.COM,{account}\n")))
        .collect();
    folder.put("in.csv", format!("date,amount,description,account_id\n{rows}")).put("streams.csv", "old");
    folder
        .shell("ulimit -f 4; exec \"$PAYEE\" recurring in.csv --to csv -o streams.csv")
        .refused(&["streams.csv", "too large"]);
    assert_eq!(folder.text("streams.csv"), "old");
    assert_eq!(folder.files(), ["in.csv", "streams.csv"]);
    folder.run(&["recurring", "in.csv", "--to", "csv", "-o", "streams.csv"]).ok();
    assert_eq!(folder.text("streams.csv").lines().count(), 41);
    folder.run(&["recurring", "in.csv", "-o", "in.csv"]).refused(&["in.csv", "another file"]);
}

/// A file system with 128 KiB of room, where the system lets us have one: then the disk is truly full.
#[test]
fn a_truly_full_file_system_is_told() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("small")).unwrap();
    folder.put("in.csv", rows(400));
    let small = "mount -t tmpfs -o size=128k none small && echo old > small/out.csv &&";
    let probe = folder.command("unshare", &["-rm", "sh", "-c", &format!("{small} true")]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("this system does not let us mount: not tried");
        return;
    }
    let line = format!(
        "{small} \"$PAYEE\" enrich in.csv --no-recurring -o small/out.csv; echo $?; cat small/out.csv; ls -A small"
    );
    let ran = Ran::new(folder.command("unshare", &["-rm", "sh", "-c", &line]).env("PAYEE", PAYEE).output().unwrap());
    assert!(ran.err.contains("small/out.csv") && ran.err.contains("No space left"), "{}", ran.err);
    assert_eq!(ran.out, "2\nold\nout.csv\n", "exit code, the old file, and nothing beside it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let folder = Folder::new();
    folder.put("in.csv", rows(20));
    folder.shell("\"$PAYEE\" enrich in.csv -q > /dev/full").refused(&["output", "No space left"]);
    folder.run(&["enrich", "in.csv", "-q", "-o", "/dev/full"]).refused(&["/dev/full", "No space left"]);
    folder.shell("\"$PAYEE\" list flags > /dev/full").refused(&["No space left"]);
}

#[test]
fn nobody_listening_is_no_error() {
    let folder = Folder::new();
    folder.put("in.csv", rows(20));
    // Neither on standard error, nor on standard output, whether closed or broken.
    folder.shell("exec \"$PAYEE\" enrich in.csv -o out.csv 2>&-").ok();
    assert_eq!(column(&folder.text("out.csv"), "amount").len(), split(20).0);
    let mut child = folder.start(&["enrich", "in.csv", "--rejects", "bad.csv"]);
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut child = folder.start(&["enrich", "absent.csv"]);
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2), "the exit code tells all the same");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_error_leaves_the_old_file() {
    let folder = Folder::new();
    folder.put("in.csv", rows(20)).put("out.csv", "old");
    // This file can be opened, and reading it fails.
    folder.run(&["enrich", "in.csv", "/proc/self/mem", "-o", "out.csv"]).refused(&["/proc/self/mem"]);
    assert_eq!(folder.text("out.csv"), "old");
    assert_eq!(folder.files(), ["in.csv", "out.csv"]);
}

#[cfg(feature = "formats")]
#[test]
fn a_packed_file_that_breaks_off_leaves_the_old_file() {
    let folder = Folder::new();
    let mut chance = Chance(3);
    // More than the part that is looked at first, so that it breaks in the middle of the run.
    let text: String = (0..12_000)
        .map(|_| format!("2025-01-31,-1.00,{:08x}{:08x}\n", chance.below(1 << 31), chance.below(1 << 31)))
        .collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(format!("{HEAD}{text}").as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() - 1000);
    folder.put("in.csv.gz", &packed).put("out.csv", "old").put("bad.csv", "old");
    let arguments = ["enrich", "in.csv.gz", "--no-recurring", "-o", "out.csv", "--rejects", "bad.csv"];
    folder.run(&arguments).refused(&["in.csv.gz"]);
    assert_eq!((folder.text("out.csv"), folder.text("bad.csv")), ("old".into(), "old".into()));
    assert_eq!(folder.files(), ["bad.csv", "in.csv.gz", "out.csv"]);
}

#[test]
fn a_pipe_that_ends_within_a_row_gives_up_only_that_row() {
    let folder = Folder::new();
    let ran = folder.run_with_input(&["enrich", "--no-recurring"], format!("{HEAD}{ROW}2025-02-0").as_bytes());
    let ran = ran.ok();
    assert!(ran.err.contains("2 rows in = 1 out + 1 rejected"), "{}", ran.err);
}

#[test]
fn an_output_is_never_an_input() {
    let folder = Folder::new();
    let text = rows(5);
    folder.put("in.csv", &text).put("my.rules.toml", "").put("other.csv", &text);
    symlink("in.csv", folder.path().join("link.csv")).unwrap();
    fs::hard_link(folder.path().join("other.csv"), folder.path().join("twin.csv")).unwrap();
    for output in ["in.csv", "./in.csv", "link.csv"] {
        folder.run(&["enrich", "in.csv", "-o", output]).refused(&[output, "another file"]);
        folder.run(&["enrich", "in.csv", "-o", "new.csv", "--rejects", output]).refused(&[output, "another file"]);
    }
    folder.run(&["enrich", "link.csv", "-o", "in.csv"]).refused(&["another file"]);
    folder.run(&["enrich", "in.csv", "--rules", "my.rules.toml", "-o", "my.rules.toml"]).refused(&["another file"]);
    // A file of an input folder would be read as an input the next time.
    fs::create_dir(folder.path().join("statements")).unwrap();
    folder.put("statements/a.csv", &text).put("statements/b.csv", &text);
    folder.run(&["enrich", "statements", "-o", "statements/b.csv"]).refused(&["another folder"]);
    assert_eq!(folder.text("statements/b.csv"), text);
    assert!(!folder.path().join("new.csv").exists());
    // Another name of the same bytes is replaced as a name: the input stays.
    folder.run(&["enrich", "other.csv", "-q", "-o", "twin.csv"]).ok();
    // Standard input is read to its end before the name changes hands.
    folder.shell("\"$PAYEE\" enrich - -q -o in.csv < in.csv").ok();
    assert_eq!(folder.text("other.csv"), text);
    assert_eq!(column(&folder.text("in.csv"), "amount").len(), 5);
}

#[test]
fn outputs_that_cannot_be_are_refused_before_any_work() {
    let folder = Folder::new();
    folder.put("in.csv", rows(5)).put("old.csv", "old").put("locked.csv", "locked");
    fs::set_permissions(folder.path().join("locked.csv"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    symlink("nowhere/out.csv", folder.path().join("dangling.csv")).unwrap();
    symlink("loop.csv", folder.path().join("loop.csv")).unwrap();
    symlink("old.csv", folder.path().join("link.csv")).unwrap();
    let run = |output: &str| folder.run(&["enrich", "in.csv", "-o", output]);
    run("locked.csv").refused(&["locked.csv", "read-only"]);
    run("folder").refused(&["folder", "name a file"]);
    run("new/").refused(&["new/", "name a file"]);
    run("absent/out.csv").refused(&["absent/out.csv", "no folder", "make it first"]);
    run("in.csv/out.csv").refused(&["in.csv/out.csv", "no folder"]);
    run("dangling.csv").refused(&["dangling.csv", "nowhere"]);
    run("loop.csv").refused(&["loop.csv", "circle"]);
    let twice = |output: &str, rejects: &str| folder.run(&["enrich", "in.csv", "-o", output, "--rejects", rejects]);
    twice("new.csv", "new.csv").refused(&["new.csv", "a file of its own"]);
    twice("new.csv", "folder/../new.csv").refused(&["a file of its own"]);
    twice("old.csv", "link.csv").refused(&["a file of its own"]);
    twice("-", "-").refused(&["a file of its own"]);
    twice("new.csv", "absent/bad.csv").refused(&["absent/bad.csv", "no folder"]);
    assert_eq!((folder.text("old.csv"), folder.text("locked.csv")), ("old".into(), "locked".into()));
    assert!(!folder.path().join("new.csv").exists() && folder.parts().is_empty());
}

#[test]
fn links_are_followed() {
    let folder = Folder::new();
    folder.put("in.csv", rows(5)).put("old.csv", "old");
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink("old.csv", folder.path().join("link.csv")).unwrap();
    symlink("elsewhere/new.csv", folder.path().join("ahead.csv")).unwrap();
    for (link, file) in [("link.csv", "old.csv"), ("ahead.csv", "elsewhere/new.csv")] {
        folder.run(&["enrich", "in.csv", "-q", "-o", link]).ok();
        assert!(fs::symlink_metadata(folder.path().join(link)).unwrap().is_symlink());
        assert_eq!(column(&folder.text(file), "amount").len(), 5);
    }
}

#[test]
fn the_unfinished_file_lies_beside_its_target_on_any_file_system() {
    let shared_memory = std::path::Path::new("/dev/shm");
    let folder = if shared_memory.is_dir() { Folder::inside(shared_memory) } else { Folder::new() };
    let mut run = folder.payee(&["enrich", "-", "--no-recurring", "-q", "-o", "out.csv"]);
    run.env("TMPDIR", "/nonexistent");
    let (mut child, input) = in_the_middle(&folder, run, 1);
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(folder.files(), ["out.csv"]);
}

/// Both outputs are whole before the first takes its place, the main one last: if that fails at the very end, it is told
/// which one is new.
#[test]
fn a_second_output_that_fails_leaves_the_first_whole() {
    let folder = Folder::new();
    folder.put("bad.csv", "old");
    let (mut child, input) = in_the_middle(&folder, folder.payee(TO_BOTH), 2);
    fs::create_dir_all(folder.path().join("out.csv/in_the_way")).unwrap();
    drop(input);
    let status = child.wait().unwrap();
    let told = told(&mut child);
    assert_eq!(status.code(), Some(2), "{told}");
    assert!(told.contains("out.csv") && told.contains("already written: bad.csv"), "{told}");
    assert_eq!(column(&folder.text("bad.csv"), "line").len(), split(ROWS).1);
    assert_eq!(folder.files(), ["bad.csv", "out.csv"]);
}
