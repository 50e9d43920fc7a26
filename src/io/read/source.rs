//! Where bytes come from: files, folders, standard input; packed or not.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::limits::Limits;
use crate::error::{Error, ErrorKind};

/// Something to read transactions from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Input {
    /// Standard input, written `-`.
    Stdin,
    /// A file; of a folder, its files in the order of their names.
    Path(PathBuf),
    /// Bytes in memory under a name that reports quote.
    Bytes(String, Arc<[u8]>),
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        if text == "-" { Self::Stdin } else { Self::Path(PathBuf::from(text)) }
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path) }
    }
}

/// How much of a file is looked at to tell what it is.
pub(crate) const HEAD: usize = 256 * 1024;

pub(crate) type Bytes = Box<dyn Read + Send>;

/// One file, unpacked on the fly.
pub(crate) struct Source {
    pub name: String,
    origin: Origin,
    limits: Limits,
}

enum Origin {
    Path(PathBuf),
    Memory(Arc<[u8]>),
    /// Can be read once.
    Stream(Option<Bytes>),
    /// Unpacked and put aside, because it has to be read twice.
    Spooled(File),
}

impl Source {
    /// The files of some inputs, in order.
    pub fn expand(inputs: &[Input], limits: &Limits) -> Result<Vec<Self>, Error> {
        let mut sources = Vec::new();
        let mut problems = Vec::new();
        let mut add = |name: String, origin: Origin| sources.push(Self { name, origin, limits: limits.clone() });
        for input in inputs {
            match input {
                Input::Stdin => add("<stdin>".into(), Origin::Stream(Some(Box::new(io::stdin())))),
                Input::Bytes(name, bytes) => add(name.clone(), Origin::Memory(bytes.clone())),
                Input::Path(path) => match files(path) {
                    Ok(paths) => {
                        for path in paths {
                            add(path.display().to_string(), Origin::Path(path));
                        }
                    }
                    Err(error) => problems.extend_from_slice(error.problems()),
                },
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(ErrorKind::Io, problems));
        }
        for source in &mut sources {
            source.settle()?;
        }
        Ok(sources)
    }

    /// Pipes and standard input can be read once: they are opened now and kept.
    fn settle(&mut self) -> Result<(), Error> {
        let stream: Bytes = match &mut self.origin {
            Origin::Path(path) => {
                let is_regular = path.metadata().map(|meta| meta.is_file()).unwrap_or(true);
                if is_regular {
                    return Ok(());
                }
                Box::new(File::open(&*path).map_err(|error| Error::io(self.name.clone(), &error))?)
            }
            Origin::Stream(stream) => match stream.take() {
                Some(stream) => stream,
                None => return Ok(()),
            },
            Origin::Memory(_) | Origin::Spooled(_) => return Ok(()),
        };
        let unpacked = super::unpack::unpack(stream, &self.limits).map_err(|error| self.error(&error))?;
        self.origin = Origin::Stream(Some(unpacked));
        Ok(())
    }

    /// The unpacked bytes from the start. What can be read once is gone after it.
    pub fn open(&mut self) -> Result<Bytes, Error> {
        let packed: Bytes = match &mut self.origin {
            Origin::Path(path) => {
                let file = File::open(&*path).map_err(|error| Error::io(self.name.clone(), &error))?;
                Box::new(file)
            }
            Origin::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
            Origin::Stream(stream) => {
                return stream.take().ok_or_else(|| {
                    Error::single(ErrorKind::Input, self.name.clone(), 0, "this input can be read once only")
                });
            }
            Origin::Spooled(file) => {
                let reopened = file.try_clone().and_then(|mut file| file.seek(SeekFrom::Start(0)).map(|_| file));
                return Ok(Box::new(reopened.map_err(|error| Error::io(self.name.clone(), &error))?));
            }
        };
        super::unpack::unpack(packed, &self.limits).map_err(|error| self.error(&error))
    }

    /// The first bytes, unpacked; the source can be opened all the same.
    pub fn head(&mut self) -> Result<Vec<u8>, Error> {
        let mut stream = self.open()?;
        let mut head = Vec::new();
        let read = stream.by_ref().take(HEAD as u64).read_to_end(&mut head);
        read.map_err(|error| self.error(&error))?;
        if let Origin::Stream(slot) = &mut self.origin {
            *slot = Some(Box::new(Cursor::new(head.clone()).chain(stream)));
        }
        Ok(head)
    }

    /// Puts a source that can be read once aside, so that it can be read again.
    pub fn spool(&mut self) -> Result<(), Error> {
        if let Origin::Stream(slot) = &mut self.origin
            && let Some(mut stream) = slot.take()
        {
            let spooled = tempfile::tempfile().and_then(|mut file| io::copy(&mut stream, &mut file).map(|_| file));
            self.origin = Origin::Spooled(spooled.map_err(|error| self.error(&error))?);
        }
        Ok(())
    }

    /// The bytes as a file that can be read from any place.
    #[cfg(feature = "arrow")]
    pub fn file(&mut self) -> Result<File, Error> {
        if let Origin::Memory(bytes) = &self.origin {
            let bytes = bytes.clone();
            self.origin = Origin::Stream(Some(Box::new(Cursor::new(bytes))));
        }
        self.spool()?;
        match &self.origin {
            Origin::Path(path) => File::open(path).map_err(|error| Error::io(self.name.clone(), &error)),
            Origin::Spooled(file) => file.try_clone().map_err(|error| Error::io(self.name.clone(), &error)),
            Origin::Memory(_) | Origin::Stream(_) => {
                Err(Error::single(ErrorKind::Input, self.name.clone(), 0, "this input can be read once only"))
            }
        }
    }

    /// Puts other bytes in the place of what was read.
    #[cfg(feature = "formats")]
    pub fn replace(&mut self, bytes: Vec<u8>) {
        self.origin = Origin::Memory(bytes.into());
    }

    /// The bounds it is read under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// An error of reading as one of ours; faults of what is packed count as faults of the input.
    pub fn error(&self, error: &io::Error) -> Error {
        let kind = match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => ErrorKind::Input,
            _ => ErrorKind::Io,
        };
        Error::single(kind, self.name.clone(), 0, error.to_string())
    }
}

/// The files a pattern names, in the order of their names; for shells that leave patterns as they are.
#[cfg(feature = "formats")]
fn matching(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let fault = |message: String| Error::single(ErrorKind::Argument, pattern, 0, message);
    let paths = glob::glob(pattern).map_err(|error| fault(format!("this is no pattern of file names: {error}")))?;
    let mut paths: Vec<_> = paths.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    paths.sort();
    if paths.is_empty() { Err(fault("no file has such a name".into())) } else { Ok(paths) }
}

/// A file itself, or the files of a folder in the order of their names; hidden ones are left out.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let name = || path.display().to_string();
    #[cfg(feature = "formats")]
    if !path.exists() && name().contains(['*', '?', '[']) {
        return matching(&name());
    }
    let meta = path.metadata().map_err(|error| Error::io(name(), &error))?;
    if !meta.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut paths = Vec::new();
    for entry in path.read_dir().map_err(|error| Error::io(name(), &error))? {
        let entry = entry.map_err(|error| Error::io(name(), &error))?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.path().is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Error::single(ErrorKind::Input, name(), 0, "this folder holds no file to read"));
    }
    Ok(paths)
}
