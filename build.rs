//! Lays the data out ahead, so that the program starts without parsing them. Faulty data stop the build with every problem.
//! Reads nothing but this package's own `data/` and `src/`.

#![allow(dead_code, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[path = "src/data/mod.rs"]
mod data;
#[path = "src/error.rs"]
mod error;
#[path = "src/model"]
mod model {
    pub mod flags;
    pub mod names;
}
#[path = "src/text.rs"]
mod text;

use data::source::{Source, SourceKind};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=data");
    for shared in ["data", "error.rs", "text.rs", "model/flags.rs", "model/names.rs"] {
        println!("cargo::rerun-if-changed=src/{shared}");
    }
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let folder = Path::new(&root).join("data");
    let sources = Source::read_folder(&folder).unwrap_or_else(|error| panic!("\n{error}\n"));
    let rows = match data::load::load(&sources, &[]) {
        Ok(rows) => rows,
        Err(problems) => {
            let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("\n{}\n{} problems in data/\n", list.join("\n"), list.len());
        }
    };
    let compiled = data::compile::compile(rows);
    let write =
        |name: &str, bytes: &[u8]| fs::write(Path::new(&out).join(name), bytes).expect("the build folder takes files");
    write("tables.bin", &compiled.tables);
    write("merchants.bin", &compiled.merchants);
    write("merchant_names.bin", &compiled.merchant_names);
    write("places.bin", &compiled.places);
    write("place_names.bin", &compiled.place_names);
    let mut list = String::from("&[\n");
    let by_hand =
        |source: &&Source| !matches!(source.kind(), SourceKind::Imported | SourceKind::Places | SourceKind::Everyday);
    for source in sources.iter().filter(by_hand) {
        let path = Path::new(&root).join(&*source.name);
        writeln!(list, "    ({:?}, include_str!({path:?})),", source.name).expect("a string takes text");
    }
    list.push(']');
    write("sources.rs", list.as_bytes());
    write("formats.rs", formats(&folder.join("formats")).as_bytes());
}

/// The list of the bank formats, which are read only when a file asks for them.
fn formats(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the folder of formats can be read");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("its entries can be read").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut list = String::from("&[\n");
    for path in paths {
        let name = format!("data/formats/{}", path.file_name().unwrap_or_default().to_string_lossy());
        writeln!(list, "    ({name:?}, include_str!({path:?})),").expect("a string takes text");
    }
    list.push(']');
    list
}
