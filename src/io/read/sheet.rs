//! Spreadsheets, read as the table they would be saved as.

use std::io::{self, Cursor, Read};

use calamine::{Data, Reader as _};

use super::limits::{Limits, document};
use super::source::Source;
use crate::error::{Error, ErrorKind};

/// The first sheet with anything in it, as CSV.
pub(crate) fn csv(source: &mut Source) -> Result<Vec<u8>, Error> {
    let limits = source.limits().clone();
    let mut stream = source.open()?;
    let bytes = document(&mut stream, &limits).map_err(|error| source.error(&error))?;
    let fault = |message: String| Error::single(ErrorKind::Input, source.name.clone(), 0, message);
    if bytes.starts_with(b"PK") {
        unpacks_within(&bytes, &limits).map_err(|error| fault(error.to_string()))?;
    }
    let unreadable = |error: calamine::Error| fault(format!("not a spreadsheet that can be read: {error}"));
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(unreadable)?;
        if range.is_empty() {
            continue;
        }
        // A cell far off makes a sheet of nothing but empty cells.
        let (height, width) = range.get_size();
        if height.saturating_mul(width) as u64 > limits.document {
            return Err(fault(format!("the sheet `{name}` has {height} rows of {width} columns: split it")));
        }
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut cells = Vec::new();
        // Rows above the first filled one count, so that lines are those of the sheet.
        let above = range.start().map_or(0, |(row, _)| row.min(1000));
        let mut out = vec![b'\n'; above as usize];
        for row in range.rows() {
            cells.clear();
            cells.extend(row.iter().map(text));
            writer.write_record(&cells).map_err(|error| fault(error.to_string()))?;
        }
        out.extend(writer.into_inner().map_err(|error| fault(error.to_string()))?);
        return Ok(out);
    }
    Err(fault("this spreadsheet is empty".into()))
}

/// A cell as text; numbers as they are shown when nothing is rounded, dates in the order of ISO 8601.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.replace(['\n', '\r'], " "),
        Data::Int(number) => number.to_string(),
        // Amounts are stored as binary fractions; the shortest decimal that means the same is what was typed.
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
    }
}

/// Unpacks a zip file once into nothing, to see that it stays within bounds.
fn unpacks_within(bytes: &[u8], limits: &Limits) -> io::Result<()> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| invalid(error.to_string()))?;
    let mut left = limits.document;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(|error| invalid(error.to_string()))?;
        let used = io::copy(&mut entry.by_ref().take(left + 1), &mut io::sink())?;
        left = left.checked_sub(used).ok_or_else(|| {
            invalid(format!("this spreadsheet unpacks to more than {} MiB: split it", limits.document >> 20))
        })?;
    }
    Ok(())
}
