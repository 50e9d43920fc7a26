//! The yardstick: what `payee enrich` takes for a file, in multiples of what copying it takes.
//!
//! The floor is the plain `csv` crate, which reads each record and writes it again with as many constant cells behind it as
//! `payee` adds columns, of the same length on average. Every run is a process of its own, from a file to a file; runs of all
//! kinds take turns, so that whatever else the machine does strikes them alike.
//!
//! ```text
//! cargo bench --bench yardstick -- [ROWS] [ROUNDS]      # 1000000 rows and 7 rounds unless given
//! ```

// A bench is a program; there is nothing to document from outside.
#![allow(missing_docs)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use payee::io::{OutputFormat, WriteOptions};
use payee::{COLUMNS, Engine, Taxonomy, Transaction};

#[path = "../examples/generate/statement.rs"]
mod statement;

use statement::Statement;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Columns of the generated input.
const INPUT_COLUMNS: usize = 8;

fn main() -> Outcome<()> {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [word, input, output] = &given[..]
        && word == "copy"
    {
        return copy(Path::new(input), Path::new(output));
    }
    let number = |at: usize, otherwise: u64| given.get(at).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rows, rounds) = (number(0, 1_000_000), number(1, 7));
    let folder = tempfile::tempdir()?;
    for (title, is_distinct) in [("real repetition", false), ("every description distinct", true)] {
        let input = folder.path().join("statement.csv");
        statement::write(&Statement::of(rows, is_distinct), &mut BufWriter::new(File::create(&input)?))?;
        compare(title, rows, rounds, &input, &folder.path().join("out.csv"))?;
    }
    Ok(())
}

/// Copies every record and appends the constant cells.
fn copy(input: &Path, output: &Path) -> Outcome<()> {
    let extra = constant_cells();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(256 << 10).from_path(input)?;
    let mut writer = csv::WriterBuilder::new().buffer_capacity(256 << 10).from_path(output)?;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        extra.iter().for_each(|cell| record.push_field(cell.as_bytes()));
        writer.write_byte_record(&record)?;
    }
    Ok(writer.flush()?)
}

/// The cells that `payee` puts behind those of the input, for a payment of the most usual kind.
fn constant_cells() -> Vec<String> {
    let transaction =
        Transaction::new("STARBUCKS STORE #01234 AUSTIN TX").with_signed_amount("-6.75".parse().expect("a number"));
    let answer = Engine::builtin().enrich(&transaction);
    let renderer = OutputFormat::Csv.renderer(&WriteOptions::default()).expect("all columns are columns");
    let mut line = Vec::new();
    renderer.row(0, &answer.record(&transaction, Taxonomy::Mx), None, &mut line);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&line[..]);
    let record = reader.records().next().expect("a row was rendered").expect("it is CSV");
    record.iter().skip(INPUT_COLUMNS).map(str::to_owned).collect()
}

/// A way to do the work.
struct Way {
    name: &'static str,
    command: Box<dyn Fn() -> Command>,
    /// Wall and processor seconds of each round.
    seconds: Vec<[f64; 2]>,
}

fn compare(title: &str, rows: u64, rounds: u64, input: &Path, output: &Path) -> Outcome<()> {
    let payee = |arguments: &'static [&'static str]| {
        let paths: Vec<PathBuf> = vec![input.into(), "--output".into(), output.into(), "--quiet".into()];
        move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_payee"));
            command.arg("enrich").args(&paths).args(arguments);
            command
        }
    };
    let (from, to) = (input.to_owned(), output.to_owned());
    let floor = move || {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.arg("copy").args([&from, &to]);
        command
    };
    let way = |name, command: Box<dyn Fn() -> Command>| Way { name, command, seconds: Vec::new() };
    let mut ways = [
        way("copy (the floor)", Box::new(floor)),
        way("one thread", Box::new(payee(&["--no-recurring", "--threads", "1"]))),
        way("two threads", Box::new(payee(&["--no-recurring", "--threads", "2"]))),
        way("one thread, recurring", Box::new(payee(&["--threads", "1"]))),
        way("two threads, recurring", Box::new(payee(&["--threads", "2"]))),
    ];
    for _ in 0..rounds {
        for way in &mut ways {
            let mut command = (way.command)();
            let (started, before) = (Instant::now(), processor_seconds());
            let status = command.stdout(Stdio::null()).status()?;
            if !status.success() {
                return Err(format!("{}: {status}", way.name).into());
            }
            way.seconds.push([started.elapsed().as_secs_f64(), processor_seconds() - before]);
        }
        let lines = fs::read(output)?.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert!(lines > rows, "{lines} lines for {rows} rows");
    }
    let bytes = fs::metadata(input)?.len();
    println!("\n{title}: {rows} rows of {} bytes, {} columns out, {rounds} rounds", bytes / rows, COLUMNS.len());
    println!("{:<24} {:>9} {:>9} {:>9} {:>9}", "", "wall s", "ns a row", "to floor", "CPU/floor");
    let floor: Vec<[f64; 2]> = ways[0].seconds.clone();
    for way in &ways {
        // Ratios are taken within a round and then the middle one, as rounds differ more than what they hold.
        let ratio = |kind: usize| {
            middle(way.seconds.iter().zip(&floor).map(|(own, floor)| own[kind] / floor[kind].max(1e-9)).collect())
        };
        let wall = middle(way.seconds.iter().map(|own| own[0]).collect());
        let each = wall * 1e9 / rows as f64;
        println!("{:<24} {wall:>9.3} {each:>9.0} {:>9.2} {:>9.2}", way.name, ratio(0), ratio(1));
    }
    let against = |one: usize, other: usize, kind: usize| {
        let pairs = ways[one].seconds.iter().zip(&ways[other].seconds);
        middle(pairs.map(|(one, other)| one[kind] / other[kind].max(1e-9)).collect())
    };
    println!("two threads against one: {:.2} times as fast", against(1, 2, 0));
    println!(
        "recurrence: {:+.0} % of the processor's time, {:+.0} % of the wall's",
        100.0 * (against(3, 1, 1) - 1.0),
        100.0 * (against(3, 1, 0) - 1.0)
    );
    std::io::stdout().flush()?;
    Ok(())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Processor time of all children so far, where the system tells it: other programs on the machine disturb it less than the wall's.
fn processor_seconds() -> f64 {
    let told = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: fields 3 and up; 16 and 17 are user and system time of children in hundredths.
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace().skip(13).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
