//! Rendered rows put aside until it is known which of them belong to streams.

use std::io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use lz4_flex::block;
use payee::Error;
use payee::io::Parts;
use payee::recur::Streams;
use tempfile::SpooledTempFile;

use super::Failure;
use super::output::Output;
use super::pass::Chunk;

/// Up to here rows are kept in memory.
const IN_MEMORY: usize = 16 << 20;

/// Rows in the order of the input: of each chunk the number of rows, where each ends, and their bytes, packed: rows are much like
/// one another, and a disk is slower than packing.
pub struct Spool {
    folder: PathBuf,
    file: BufWriter<SpooledTempFile>,
    packed: Vec<u8>,
}

impl Spool {
    /// An empty one. What memory does not hold goes where the output goes, as it will be as large; or, where that is no file, into
    /// the system's folder for such files.
    pub fn beside(output: &Path) -> Self {
        let folder = match output.parent().filter(|_| output.as_os_str() != "-" && !output.exists() || output.is_file())
        {
            Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir(),
        };
        let file = SpooledTempFile::new_in(IN_MEMORY, &folder);
        Self { folder, file: BufWriter::with_capacity(256 << 10, file), packed: Vec::new() }
    }

    /// Puts rows behind the others.
    pub fn put(&mut self, chunk: &Chunk<'_>) -> Result<(), Failure> {
        self.packed.resize(block::get_maximum_output_size(chunk.bytes.len()), 0);
        let packed = block::compress_into(&chunk.bytes, &mut self.packed)
            .map_err(|error| fault(&self.folder, &io::Error::other(error)))?;
        let numbers = [chunk.ends.len() as u32, packed as u32].into_iter().chain(chunk.ends.iter().copied());
        let head: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        let written = self.file.write_all(&head).and_then(|()| self.file.write_all(&self.packed[..packed]));
        written.map_err(|error| fault(&self.folder, &error))
    }

    /// Writes all rows, the members of streams marked.
    pub fn write(self, parts: &dyn Parts, streams: &Streams, output: &mut Output) -> Result<(), Failure> {
        let members = streams.by_row();
        let mut members = members.iter().peekable();
        let fault = |error: &io::Error| fault(&self.folder, error);
        let mut file = self.file.into_inner().map_err(|error| fault(error.error()))?;
        file.seek(SeekFrom::Start(0)).map_err(|error| fault(&error))?;
        let mut file = BufReader::with_capacity(256 << 10, file);
        let (mut ends, mut packed, mut bytes, mut marked) = (Vec::new(), self.packed, Vec::new(), Vec::new());
        let mut row = 0_u32;
        while chunk(&mut file, &mut ends, &mut packed, &mut bytes).map_err(|error| fault(&error))? {
            marked.clear();
            // Rows between members are copied in one.
            let (mut copied, mut start) = (0, 0);
            for end in &ends {
                let end = *end as usize;
                if let Some((_, stream)) = members.next_if(|(member, _)| *member == row) {
                    marked.extend_from_slice(&bytes[copied..start]);
                    parts.mark(&bytes[start..end], &streams.all()[*stream as usize], &mut marked);
                    copied = end;
                }
                start = end;
                row += 1;
            }
            marked.extend_from_slice(&bytes[copied..]);
            output.write(&marked)?;
        }
        Ok(())
    }
}

/// Reads the next chunk; `false` at the end.
fn chunk(
    file: &mut impl io::BufRead,
    ends: &mut Vec<u32>,
    packed: &mut Vec<u8>,
    bytes: &mut Vec<u8>,
) -> io::Result<bool> {
    if file.fill_buf()?.is_empty() {
        return Ok(false);
    }
    let mut number = || {
        let mut word = [0; 4];
        file.read_exact(&mut word).map(|()| u32::from_le_bytes(word))
    };
    let (rows, length) = (number()?, number()?);
    ends.clear();
    for _ in 0..rows {
        ends.push(number()?);
    }
    packed.resize(length as usize, 0);
    file.read_exact(packed)?;
    bytes.resize(ends.last().map_or(0, |end| *end as usize), 0);
    block::decompress_into(packed, bytes).map_err(io::Error::other)?;
    Ok(true)
}

fn fault(folder: &Path, error: &io::Error) -> Failure {
    Failure::Error(Error::io(folder.display().to_string(), error))
}
