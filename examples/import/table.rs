//! Reading and writing of the CSV tables, cells by column name.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

/// What every step of the importer can fail with: a file that is not there, a row that is not CSV.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A table read as a whole.
pub struct Table {
    columns: HashMap<String, usize>,
    records: Vec<csv::StringRecord>,
}

/// One row of a table.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    columns: &'t HashMap<String, usize>,
    record: &'t csv::StringRecord,
}

impl Table {
    /// Reads a table with a header row; lines that begin with `#` are comments.
    pub fn read(path: &Path) -> Outcome<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .flexible(true)
            .from_path(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let columns = reader.headers()?.iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
        let records =
            reader.records().collect::<Result<_, _>>().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { columns, records })
    }

    /// The rows in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { columns: &self.columns, record })
    }
}

impl<'t> Row<'t> {
    /// The cell of a column without blanks around it; empty where the table has no such column.
    pub fn cell(&self, column: &str) -> &'t str {
        self.columns.get(column).and_then(|at| self.record.get(*at)).unwrap_or_default().trim()
    }

    /// The values of a cell that holds several.
    pub fn list(&self, column: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        self.cell(column).split('|').map(str::trim).filter(|value| !value.is_empty())
    }
}

/// The tables of a folder in the order of their names; none if there is no folder.
pub fn tables(folder: &Path) -> impl Iterator<Item = Outcome<Table>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
    files.sort();
    files.into_iter().map(|file| Table::read(&file))
}

/// Writes a table with `\n` line ends, creating its folder.
pub fn write<const N: usize>(path: &Path, header: [&str; N], rows: &[[String; N]]) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()?;
    println!("{:>7} rows  {}", rows.len(), path.display());
    Ok(())
}
