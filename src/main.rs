//! The command line of `payee`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
