//! What an input may cost before it is refused.

use std::io::{self, Read};

/// Bounds on memory and work. Everything above them is refused with an error that names the bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one row; 16 MiB unless set.
    pub row: u64,
    /// Most bytes of a document that has to be read as a whole (JSON arrays, XML, spreadsheets); 512 MiB unless set.
    pub document: u64,
    /// How many times its packed size an unpacked file may have once it is larger than [`harmless`](Self::harmless); 250 unless set.
    pub expansion: u64,
    /// Size up to which an unpacked file may be any number of times its packed size; 64 MiB unless set.
    pub harmless: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { row: 16 << 20, document: 512 << 20, expansion: 250, harmless: 64 << 20 }
    }
}

/// Gives bytes on until an allowance is used up.
pub(crate) struct Allowance<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Allowance<R> {
    pub fn new(inner: R, most: u64) -> Self {
        Self { inner, left: most, most }
    }

    /// Starts a new row.
    pub fn renew(&mut self) {
        self.left = self.most;
    }
}

impl<R: Read> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let message = format!("a row is longer than {} bytes: a quote may be left open", self.most);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Reads a document as a whole, or tells that it is too large.
pub(crate) fn document(reader: &mut impl Read, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limits.document + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.document {
        let message = format!("this document is larger than {} MiB: split it", limits.document >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}
