//! Output files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind};

/// A file that is written beside its target and takes its place when it is finished.
///
/// Dropped before [`finish`](Self::finish), it leaves no trace. A target that is not a regular file (a pipe, a terminal,
/// `/dev/stdout`) is written directly. The permissions of a file that is replaced are kept; a link is followed, not replaced.
///
/// A process that is killed outright cannot clean up: the target is then the old file, and beside it may lie a file named
/// `.payee-` and `.part` that can be deleted. A program that handles signals calls [`abandon_all`](Self::abandon_all).
///
/// ```
/// use std::io::Write;
/// use payee::io::AtomicFile;
///
/// let folder = tempfile::tempdir()?;
/// let target = folder.path().join("out.csv");
/// let mut file = AtomicFile::create(&target, &[])?;
/// file.write_all(b"whole")?;
/// assert!(!target.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&target)?, b"whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    /// As the user named it.
    name: String,
    file: Target,
}

#[derive(Debug)]
enum Target {
    Beside(Part),
    Direct(File),
}

/// The unfinished file, and what it will replace.
#[derive(Debug)]
struct Part {
    file: Option<NamedTempFile>,
    target: PathBuf,
    /// Bytes written since the disk was last asked to take them.
    unsettled: usize,
    settling: Option<JoinHandle<io::Result<()>>>,
}

/// So many bytes at a time are brought to the disk while others are still written, so that little is left for the end.
const SETTLED: usize = 32 << 20;

impl Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let written = file.write(bytes)?;
        self.unsettled += written;
        if self.unsettled >= SETTLED && self.settling.as_ref().is_none_or(JoinHandle::is_finished) {
            self.settled()?;
            if let Some(file) = &self.file {
                let file = file.as_file().try_clone()?;
                self.settling = Some(std::thread::spawn(move || file.sync_data()));
            }
            self.unsettled = 0;
        }
        Ok(written)
    }

    /// Waits for what is being brought to the disk.
    fn settled(&mut self) -> io::Result<()> {
        let outcome = self.settling.take().map(|settling| settling.join());
        outcome.map_or(Ok(()), |outcome| outcome.unwrap_or_else(|_| Err(io::Error::other("the disk was not written"))))
    }

    /// Brings everything to the disk.
    fn settle(&mut self) -> io::Result<()> {
        self.settled()?;
        self.file.as_ref().map_or(Ok(()), |file| file.as_file().sync_data())
    }
}

/// An unfinished file of this process.
#[derive(Debug)]
struct Unfinished {
    part: PathBuf,
    target: PathBuf,
    name: String,
}

/// Every unfinished file of this process. Files are made, put in place and removed under this lock, so that whoever holds it
/// sees all of them and none in between.
static UNFINISHED: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AtomicFile {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// The target is one of `inputs` or would replace a file of an input folder, is a folder, is read-only, is
    /// the target of another unfinished file, or lies in a folder that is not there or cannot be written.
    pub fn create(target: &Path, inputs: &[PathBuf]) -> Result<Self, Error> {
        let name = target.display().to_string();
        let refused = |message: &str| Error::single(ErrorKind::Argument, name.clone(), 0, message);
        let fault = |error: &io::Error| Error::io(name.clone(), error);
        let meta = fs::metadata(target).ok();
        if meta.as_ref().is_some_and(fs::Metadata::is_dir) || name.ends_with(std::path::is_separator) {
            return Err(refused("this is a folder: name a file to write"));
        }
        if meta.as_ref().is_some_and(|meta| !meta.is_file()) {
            let file = File::options().write(true).open(target).map_err(|error| fault(&error))?;
            return Ok(Self { name, file: Target::Direct(file) });
        }
        let real = followed(target).map_err(|error| fault(&error))?;
        for input in inputs.iter().filter_map(|input| fs::canonicalize(input).ok()) {
            if input == real {
                return Err(refused("the output is one of the inputs: write to another file"));
            }
            if meta.is_some() && real.parent() == Some(&input) {
                return Err(refused("the output is a file of an input folder: write into another folder"));
            }
        }
        if let Some(meta) = &meta {
            if meta.permissions().readonly() {
                return Err(refused("this file is read-only: make it writable, or write to another file"));
            }
            File::options().write(true).open(&real).map_err(|error| fault(&error))?;
        }
        let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(refused(&format!("there is no folder `{}`: make it first", folder.display())));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".payee-").suffix(".part");
        #[cfg(unix)]
        if meta.is_none() {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: the process's mask takes off what it must.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut unfinished = unfinished();
        if unfinished.iter().any(|other| other.target == real) {
            return Err(refused("two outputs have this name: give each a file of its own"));
        }
        let beside = builder.tempfile_in(folder).map_err(|error| {
            let place = format!("no file can be made in the folder `{}`", folder.display());
            Error::single(ErrorKind::Io, name.clone(), 0, format!("{place}: {}", plain(&error)))
        })?;
        if let Some(meta) = meta {
            beside.as_file().set_permissions(meta.permissions()).map_err(|error| fault(&error))?;
        }
        unfinished.push(Unfinished { part: beside.path().to_path_buf(), target: real.clone(), name: name.clone() });
        Ok(Self { name, file: Target::Beside(Part { file: Some(beside), target: real, unsettled: 0, settling: None }) })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// The disk is full, or refuses to rename; the target is then the old file.
    pub fn finish(self) -> Result<(), Error> {
        Self::finish_all(vec![self])
    }

    /// Puts files in their places together, the last one last.
    ///
    /// All of them are whole and on the disk before the first target changes. Each target changes at one stroke; between
    /// two of them only the end of the process or of the file system can come, and then the last target is the old file.
    ///
    /// # Errors
    ///
    /// The disk is full, or refuses to rename.
    pub fn finish_all(mut files: Vec<Self>) -> Result<(), Error> {
        for file in &mut files {
            file.settle().map_err(|error| Error::io(file.name.clone(), &error))?;
        }
        let mut unfinished = unfinished();
        let mut outcome = Ok(());
        let mut replaced = Vec::new();
        for Self { name, file } in &mut files {
            let Target::Beside(part) = file else { continue };
            let Some(beside) = part.file.take() else { continue };
            unfinished.retain(|other| other.target != part.target);
            if let Err(error) = beside.persist(&part.target) {
                let mut message = plain(&error.error);
                if !replaced.is_empty() {
                    message.push_str(&format!("; already written: {}", replaced.join(", ")));
                }
                outcome = Err(Error::single(ErrorKind::Io, name.clone(), 0, message));
                break;
            }
            replaced.push(name.as_str());
        }
        // What is left over is removed under the same lock.
        drop(unfinished);
        outcome
    }

    /// Removes every unfinished file of this process and gives the names of their targets, which stay as they were. For the
    /// thread that handles signals, before it ends the process: from then on no file can be started or finished.
    pub fn abandon_all() -> Vec<String> {
        let mut unfinished = unfinished();
        let names = unfinished.drain(..).map(|file| {
            // Nobody is left to be told that a file stays.
            let _ = fs::remove_file(&file.part);
            file.name
        });
        let names = names.collect();
        // The lock is never given back, so that nothing comes after this.
        std::mem::forget(unfinished);
        names
    }

    /// Brings everything to the disk.
    fn settle(&mut self) -> io::Result<()> {
        match &mut self.file {
            Target::Direct(file) => file.flush(),
            Target::Beside(part) => part.settle(),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let mut unfinished = unfinished();
            drop(file);
            unfinished.retain(|other| other.target != self.target);
        }
    }
}

/// What a path leads to when links are followed, whether it is there or not. Two spellings of one file come to the same.
fn followed(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if let Ok(real) = fs::canonicalize(&path) {
            return Ok(real);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(link) = fs::read_link(&path) else {
            let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
            return Ok(path.file_name().map_or_else(|| path.clone(), |name| folder.join(name)));
        };
        path = folder.join(link);
    }
    Err(io::Error::other("links lead around in a circle"))
}

/// What the operating system says, without the name of the unfinished file.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" at path").map_or(text.clone(), |(plain, _)| plain.to_owned())
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Target::Beside(part) => part.write(bytes),
            Target::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Target::Beside(Part { file, .. }) => file.as_mut().map_or(Ok(()), Write::flush),
            Target::Direct(file) => file.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        let mut file = AtomicFile::create(&target, &[]).unwrap();
        file.write_all(b"one").unwrap();
        assert!(!target.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut file = AtomicFile::create(&target, &[]).unwrap();
        file.write_all(b"two").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_input_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.csv");
        fs::write(&input, "x").unwrap();
        let same = folder.path().join(".").join("in.csv");
        let error = AtomicFile::create(&same, &[input]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        AtomicFile::create(&target, &[]).unwrap().finish().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
