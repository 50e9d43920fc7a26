//! Makes the large tables of `data/` from the openly licensed sources in `data/sources/`.
//!
//! ```text
//! cargo run --release --example import [FOLDER]
//! ```
//!
//! Reads nothing but `data/sources/` and what is written by hand: trade words, which name nobody, and merchants, which outrank imported ones.
//! The same sources give the same bytes. Origins and licences stand in `data/LICENSES.md`.

use std::collections::HashMap;
use std::path::Path;

#[path = "import/merchants.rs"]
mod merchants;
#[path = "import/names.rs"]
mod names;
#[path = "import/sources.rs"]
mod sources;
#[path = "import/table.rs"]
mod table;
#[path = "../src/text.rs"]
#[allow(dead_code)]
mod text;
#[path = "import/words.rs"]
mod words;
#[path = "import/world.rs"]
mod world;

use table::{Outcome, Table};

fn main() -> Outcome<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let data = Path::new(&root).join("data");
    let sources = data.join("sources");
    let categories = category_map(&sources)?;
    world::mcc(&sources, &data, &categories)?;
    world::countries(&sources, &data)?;
    world::regions(&sources, &data)?;
    world::places(&sources, &data)?;
    words::words(&sources, &data)?;
    let judge = names::Judge::read(&sources, &data)?;
    merchants::merchants(&sources, &data, &judge, &categories)
}

/// Our category path for each category of the sources' common vocabulary.
fn category_map(sources: &Path) -> Outcome<HashMap<String, String>> {
    let table = Table::read(&sources.join("category_map.csv"))?;
    Ok(table.rows().map(|row| (row.cell("source_category").to_owned(), row.cell("category").to_owned())).collect())
}
