//! Where commands write: standard output, or files that are there whole or not at all, whatever ends the program.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use payee::Error;
use payee::io::AtomicFile;

use super::Failure;

/// Standard output, or a file that is there whole or not at all.
pub enum Output {
    /// Standard output.
    Stdout(io::Stdout),
    /// A file, and its name.
    File(AtomicFile, PathBuf),
}

impl Output {
    /// Starts the output; `-` is standard output. `inputs` are files that must not be overwritten.
    pub fn create(path: &Path, inputs: &[PathBuf]) -> Result<Self, Error> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout(io::stdout()));
        }
        Ok(Self::File(AtomicFile::create(path, inputs)?, path.to_path_buf()))
    }

    /// Writes some bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => out.write_all(bytes).map_err(Failure::Output),
            Self::File(file, path) => {
                file.write_all(bytes).map_err(|error| Failure::Error(Error::io(path.display().to_string(), &error)))
            }
        }
    }

    /// The output as writers take it.
    pub fn bytes(&mut self) -> impl Write + Send + '_ {
        Bytes(self)
    }

    /// Puts everything in its place.
    pub fn finish(self) -> Result<(), Failure> {
        Self::finish_all([self])
    }

    /// Puts several outputs in their places, once all of them are written; the last one last.
    pub fn finish_all(outputs: impl IntoIterator<Item = Self>) -> Result<(), Failure> {
        let mut files = Vec::new();
        for output in outputs {
            match output {
                Self::Stdout(mut out) => out.flush().map_err(Failure::Output)?,
                Self::File(file, _) => files.push(file),
            }
        }
        AtomicFile::finish_all(files).map_err(Failure::Error)
    }
}

struct Bytes<'o>(&'o mut Output);

impl Write for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0 {
            Output::Stdout(out) => out.write(bytes),
            Output::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a whole output at once.
pub fn write_whole(path: &Path, inputs: &[PathBuf], bytes: &[u8]) -> Result<(), Failure> {
    let mut output = Output::create(path, inputs)?;
    output.write(bytes)?;
    output.finish()
}
