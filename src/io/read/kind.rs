//! What kind of file an input is.

#[cfg(feature = "arrow")]
use super::columnar;
use super::source::Source;
use super::{ReadOptions, Rows, bai2, json, mt940, nacha, ofx, qif, table, text};
#[cfg(feature = "formats")]
use super::{camt, sheet};
use crate::error::{Error, ErrorKind};

/// How one file is to be read.
pub(crate) enum Prepared {
    Table(Box<table::Prepared>),
    Json(json::Prepared),
    Other(Kind, bool),
    #[cfg(feature = "arrow")]
    Columnar(Box<columnar::Prepared>, &'static str),
}

/// File types of banks and programs that are told by how they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ofx,
    Qif,
    #[cfg(feature = "formats")]
    Camt,
    Mt940,
    Bai2,
    Nacha,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Ofx => "ofx",
            Self::Qif => "qif",
            #[cfg(feature = "formats")]
            Self::Camt => "camt",
            Self::Mt940 => "mt940",
            Self::Bai2 => "bai2",
            Self::Nacha => "nacha",
        }
    }

    fn of(head: &str) -> Option<Self> {
        #[cfg(feature = "formats")]
        if camt::is_camt(head) {
            return Some(Self::Camt);
        }
        let told = [
            (Self::Ofx, ofx::is_ofx as fn(&str) -> bool),
            (Self::Qif, qif::is_qif),
            (Self::Mt940, mt940::is_mt940),
            (Self::Bai2, bai2::is_bai2),
            (Self::Nacha, nacha::is_nacha),
        ];
        told.into_iter().find(|(_, is)| is(head)).map(|(kind, _)| kind)
    }
}

impl Prepared {
    pub fn label(&self) -> String {
        match self {
            Self::Table(table) => table.plan.label.clone(),
            Self::Json(json) => json.label().to_owned(),
            Self::Other(kind, _) => kind.label().to_owned(),
            #[cfg(feature = "arrow")]
            Self::Columnar(columnar, label) => format!("{label}, {}", columnar.plan.label),
        }
    }

    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Table(table) => table.plan.notes.clone(),
            Self::Json(_) | Self::Other(..) => Vec::new(),
            #[cfg(feature = "arrow")]
            Self::Columnar(columnar, _) => columnar.plan.notes.clone(),
        }
    }

    /// Names of the input's own columns; what is no table has one, the text of the entry.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Table(table) => table.plan.header.clone(),
            Self::Json(_) => vec!["json".to_owned()],
            Self::Other(..) => vec!["entry".to_owned()],
            #[cfg(feature = "arrow")]
            Self::Columnar(columnar, _) => columnar.plan.header.clone(),
        }
    }

    pub fn open(self, source: &mut Source, options: &ReadOptions) -> Result<Box<dyn Rows>, Error> {
        Ok(match self {
            Self::Table(table) => Box::new(table::Table::open(source, *table)?),
            Self::Json(json) => json.open(source, options)?,
            #[cfg(feature = "arrow")]
            Self::Columnar(columnar, _) => Box::new(columnar::Columnar::open(source, *columnar)?),
            Self::Other(kind, cr_only) => match kind {
                Kind::Ofx => Box::new(ofx::Ofx::open(source, cr_only, options)?),
                Kind::Qif => Box::new(qif::Qif::open(source, cr_only, options)?),
                #[cfg(feature = "formats")]
                Kind::Camt => Box::new(camt::Camt::open(source, options)?),
                Kind::Mt940 => Box::new(mt940::Mt940::open(source, cr_only, options)?),
                Kind::Bai2 => Box::new(bai2::Bai2::open(source, cr_only, options)?),
                Kind::Nacha => Box::new(nacha::Nacha::open(source, cr_only, options)?),
            },
        })
    }
}

/// Looks at the head of a file.
pub(crate) fn prepare(source: &mut Source, options: &ReadOptions) -> Result<Prepared, Error> {
    let head = source.head()?;
    let fault = |message: &str| Error::single(ErrorKind::Input, source.name.clone(), 0, message);
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err(fault("this file is empty"));
    }
    if head.starts_with(b"%PDF") {
        return Err(fault("this is a PDF: download the statement as CSV, OFX or CAMT"));
    }
    #[cfg(feature = "arrow")]
    if let Some(label) = columnar::label(&head) {
        let columnar = columnar::prepare(source, &head, options)?;
        return Ok(Prepared::Columnar(Box::new(columnar), label));
    }
    #[cfg(not(feature = "arrow"))]
    if head.starts_with(b"PAR1") || head.starts_with(b"ARROW1") {
        return Err(fault("this is Parquet or Arrow: build with the feature `arrow` to read it"));
    }
    if is_sheet(&head) {
        #[cfg(feature = "formats")]
        {
            let csv = sheet::csv(source)?;
            let head = csv[..csv.len().min(super::source::HEAD)].to_vec();
            source.replace(csv);
            let mut table = table::prepare(source, &head, options)?;
            table.plan.rules.plain_numbers = true;
            return Ok(Prepared::Table(Box::new(table)));
        }
        #[cfg(not(feature = "formats"))]
        return Err(fault("this is a spreadsheet: save it as CSV, or build with the feature `formats`"));
    }
    if options.format.is_none() && options.map.is_none() {
        if let Some(json) = json::prepare(&head) {
            return Ok(Prepared::Json(json));
        }
        let (text, cr_only) = text::head(&head, None);
        if let Some(kind) = Kind::of(&text) {
            return Ok(Prepared::Other(kind, cr_only));
        }
        if text.trim_start().starts_with('<') {
            let message = "this is XML or HTML of an unknown kind: CAMT and OFX are read; download the statement as one of these or as CSV";
            return Err(fault(message));
        }
    }
    let text = text::head(&head, None).0;
    let is_odd = |letter: &char| letter.is_control() && !letter.is_whitespace();
    if text.chars().filter(is_odd).count() * 20 > text.chars().count() {
        return Err(fault("this is no text and no file type that is read: see `payee list formats`"));
    }
    table::prepare(source, &head, options).map(|table| Prepared::Table(Box::new(table)))
}

/// Whether a file is a spreadsheet: a zip file, or an old compound file.
fn is_sheet(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0")
}
