//! Output files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind};

/// A file that is written beside its target and takes its place when it is finished.
///
/// Dropped before [`finish`](Self::finish), it leaves no trace. A target that is not a regular file (a pipe, a terminal,
/// `/dev/stdout`) is written directly. The permissions of a file that is replaced are kept; a link is followed, not replaced.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    file: Target,
}

#[derive(Debug)]
enum Target {
    Beside(NamedTempFile),
    Direct(File),
}

impl AtomicFile {
    /// Starts a file. Fails if the target is one of `inputs`, a folder, or in a folder that cannot be written.
    pub fn create(target: &Path, inputs: &[PathBuf]) -> Result<Self, Error> {
        let name = target.display().to_string();
        let fault = |error: &io::Error| Error::io(name.clone(), error);
        // A link stays a link: what it points to is replaced.
        let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        for input in inputs {
            if fs::canonicalize(input).is_ok_and(|input| input == real) {
                let message = "the output is one of the inputs: write to another file";
                return Err(Error::single(ErrorKind::Argument, name, 0, message));
            }
        }
        let meta = fs::metadata(&real).ok();
        if meta.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(Error::single(ErrorKind::Argument, name, 0, "this is a folder: name a file to write"));
        }
        if meta.as_ref().is_some_and(|meta| !meta.is_file()) {
            let file = File::options().write(true).open(&real).map_err(|error| fault(&error))?;
            return Ok(Self { target: real, file: Target::Direct(file) });
        }
        let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".payee-").suffix(".part");
        #[cfg(unix)]
        if meta.is_none() {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: the process's mask takes off what it must.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let beside = builder.tempfile_in(folder).map_err(|error| fault(&error))?;
        if let Some(meta) = meta {
            beside.as_file().set_permissions(meta.permissions()).map_err(|error| fault(&error))?;
        }
        Ok(Self { target: real, file: Target::Beside(beside) })
    }

    /// Puts the file in its place.
    pub fn finish(self) -> Result<(), Error> {
        let name = self.target.display().to_string();
        match self.file {
            Target::Direct(mut file) => file.flush().map_err(|error| Error::io(name, &error)),
            Target::Beside(file) => file.persist(&self.target).map(drop).map_err(|error| Error::io(name, &error.error)),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Target::Beside(file) => file.write(bytes),
            Target::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Target::Beside(file) => file.flush(),
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
