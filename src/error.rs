use std::fmt;

/// One fault in data, rules or input: where, what was seen, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// The file as it was named.
    pub file: String,
    /// Line from 1; 0 where the whole file is meant.
    pub line: u64,
    /// What was seen and what to do.
    pub message: String,
}

impl Problem {
    /// A problem at a line of a file.
    pub fn new(file: impl Into<String>, line: u64, message: impl Into<String>) -> Self {
        Self { file: file.into(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Why a text is not what was asked for: the text, what it should be, and where there are few, the names to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(String);

impl ParseError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// Messages of several sources are gathered as texts.
impl From<ParseError> for String {
    fn from(error: ParseError) -> Self {
        error.0
    }
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Data files or user rules are faulty; [`Error::problems`] lists all faults.
    Data,
    /// Input cannot be read as transactions.
    Input,
    /// The operating system refused to read or write.
    Io,
    /// An argument makes no sense.
    Argument,
}

/// Why an engine could not be built, or an input not be read. Enriching itself never fails.
#[derive(Clone, Debug)]
pub struct Error(Box<(ErrorKind, Vec<Problem>)>);

impl Error {
    /// An error of one or more problems.
    pub fn new(kind: ErrorKind, problems: Vec<Problem>) -> Self {
        Self(Box::new((kind, problems)))
    }

    /// An error of one problem.
    pub fn single(kind: ErrorKind, file: impl Into<String>, line: u64, message: impl Into<String>) -> Self {
        Self::new(kind, vec![Problem::new(file, line, message)])
    }

    /// An error of the operating system about a file.
    pub fn io(file: impl Into<String>, error: &std::io::Error) -> Self {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => String::from("there is no such file or folder"),
            std::io::ErrorKind::PermissionDenied => String::from("permission denied: see who may read and write it"),
            _ => error.to_string(),
        };
        Self::single(ErrorKind::Io, file, 0, message)
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.0
    }

    /// Every problem that was found, in order of file and line.
    pub fn problems(&self) -> &[Problem] {
        &self.0.1
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems().iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
