//! Writes an invented statement of any size to standard output, for measuring.
//!
//! ```text
//! cargo run --release --example generate -- 1000000 > statement.csv
//! cargo run --release --example generate -- 10000000 --accounts 50000 --seed 7 --distinct > statement.csv
//! ```
//!
//! `--distinct` makes every description unlike all others; without it people shop where they shopped before. The same arguments give
//! the same bytes.

use std::io;
use std::process::ExitCode;

#[path = "generate/statement.rs"]
mod statement;

use statement::Statement;

fn main() -> ExitCode {
    let Some(statement) = arguments(std::env::args().skip(1)) else {
        eprintln!("usage: generate ROWS [--accounts N] [--seed N] [--distinct]");
        return ExitCode::from(2);
    };
    match statement::write(&statement, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("<stdout>: {error}");
            ExitCode::from(2)
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Option<Statement> {
    let mut statement = Statement::of(given.next()?.parse().ok()?, false);
    while let Some(argument) = given.next() {
        let mut number = || given.next()?.parse::<u64>().ok();
        match &*argument {
            "--accounts" => statement.accounts = number().filter(|accounts| *accounts > 0)?,
            "--seed" => statement.seed = number()?,
            "--distinct" => statement.distinct = true,
            _ => return None,
        }
    }
    Some(statement)
}
