//! Text read a line at a time.

use std::io::{self, BufRead, BufReader};

use super::limits::Allowance;
use super::source::Source;
use super::text::Text;
use crate::error::{Error, ErrorKind};

/// The lines of a file in UTF-8, without their ends.
pub(crate) struct Lines {
    name: String,
    reader: BufReader<Allowance<Text>>,
    number: u64,
    buffer: Vec<u8>,
    /// Whether the line in the buffer is to be given once more.
    is_held: bool,
}

impl Lines {
    /// Opens a file from its start.
    pub fn open(source: &mut Source, cr_only: bool) -> Result<Self, Error> {
        let text = Text::new(source.open()?, None, None, cr_only);
        let limited = Allowance::new(text, source.limits().row.max(1024));
        let reader = BufReader::with_capacity(256 * 1024, limited);
        Ok(Self { name: source.name.clone(), reader, number: 0, buffer: Vec::new(), is_held: false })
    }

    /// The next line, or `None` at the end. Bytes that are no UTF-8 become replacement characters only where they stand.
    pub fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        if std::mem::take(&mut self.is_held) {
            return Ok(Some(ended(&self.buffer)));
        }
        self.buffer.clear();
        self.reader.get_mut().renew();
        let read = self.reader.read_until(b'\n', &mut self.buffer).map_err(|error| {
            let kind = match error.kind() {
                io::ErrorKind::InvalidData => ErrorKind::Input,
                _ => ErrorKind::Io,
            };
            Error::single(kind, self.name.clone(), self.number + 1, error.to_string())
        })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(ended(&self.buffer)))
    }

    /// The next line as text.
    pub fn next_text(&mut self) -> Result<Option<String>, Error> {
        Ok(self.next()?.map(|line| String::from_utf8_lossy(line).into_owned()))
    }

    /// Gives the last line once more.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    /// Number of the last line, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }
}

fn ended(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
