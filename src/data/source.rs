//! Where data come from: files built into the program, a data folder, or files of the user's own.

use std::borrow::Cow;
use std::path::Path;

use crate::error::{Error, ErrorKind, Problem};

/// A named text of rules or tables. The name decides how it is read (see [`Source::kind`]) and is what problems and
/// explanations quote.
#[derive(Clone, Debug)]
pub struct Source {
    /// File name as it is quoted: `data/merchants/uk.csv`.
    pub name: Cow<'static, str>,
    /// The whole text.
    pub text: Cow<'static, str>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// `categories.csv`: the category tree.
    Categories,
    /// `taxonomies/*.csv`: names of other products.
    Taxonomy,
    /// `merchants/*.csv` and user dictionaries.
    Merchants,
    /// `imported/*.csv`: merchants of open sources, outranked by the former.
    Imported,
    /// `keywords/*.csv`: trade words.
    Keywords,
    /// `descriptors/*.toml`: phrases of banks and networks.
    Descriptors,
    /// `mcc.csv`: merchant category codes.
    Mcc,
    /// `words.csv`: words that alone name no merchant.
    Words,
    /// `whole_firms.csv`: trades that nobody runs on the side.
    WholeFirms,
    /// `everyday.csv`: words that many a firm may have in its name.
    Everyday,
    /// `spelling.csv`: words written in a way of their own.
    Spelling,
    /// `places/*.csv`: cities.
    Places,
    /// `regions.csv`, `countries.csv`.
    Regions,
    /// `compatibility.csv`: what cannot be.
    Compatibility,
    /// `flags.toml`: which categories set which flag.
    Flags,
    /// A rules file of the user.
    Rules,
}

impl Source {
    /// A source from a name and a text.
    pub fn new(name: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Reads a file of the user's own.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Error::io(name.clone(), &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line =
                1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Error::single(ErrorKind::Data, name.clone(), line as u64, "this is not UTF-8: save the file as UTF-8")
        })?;
        Ok(Self::new(name, text))
    }

    /// Reads every table of a data folder laid out as the built-in one.
    ///
    /// # Errors
    ///
    /// A file cannot be read or is not UTF-8, or there is no table.
    pub fn read_folder(folder: &Path) -> Result<Vec<Self>, Error> {
        let mut sources = Vec::new();
        let mut problems = Vec::new();
        let mut pending = vec![folder.to_path_buf()];
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                let entries =
                    std::fs::read_dir(&path).map_err(|error| Error::io(path.display().to_string(), &error))?;
                pending.extend(entries.flatten().map(|entry| entry.path()));
                continue;
            }
            let within = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if kind_of(&within).is_none() {
                continue;
            }
            match Self::read(&path) {
                Ok(source) => sources.push(Self::new(format!("data/{within}"), source.text)),
                Err(error) => problems.extend_from_slice(error.problems()),
            }
        }
        if sources.is_empty() && problems.is_empty() {
            problems.push(Problem::new(
                folder.display().to_string(),
                0,
                "no data file here: name the folder that holds categories.csv",
            ));
        }
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        if problems.is_empty() { Ok(sources) } else { Err(Error::new(ErrorKind::Data, problems)) }
    }

    /// What the name says the text holds; anything that is not a known data file is a user's own: TOML files are rules,
    /// CSV files merchants.
    pub fn kind(&self) -> SourceKind {
        let own = if self.name.ends_with(".toml") { SourceKind::Rules } else { SourceKind::Merchants };
        self.name.strip_prefix("data/").and_then(kind_of).unwrap_or(own)
    }
}

fn kind_of(within: &str) -> Option<SourceKind> {
    Some(match within.split_once('/') {
        None => match within {
            "categories.csv" => SourceKind::Categories,
            "mcc.csv" => SourceKind::Mcc,
            "flags.toml" => SourceKind::Flags,
            "compatibility.csv" => SourceKind::Compatibility,
            "words.csv" => SourceKind::Words,
            "whole_firms.csv" => SourceKind::WholeFirms,
            "everyday.csv" => SourceKind::Everyday,
            "spelling.csv" => SourceKind::Spelling,
            "regions.csv" | "countries.csv" => SourceKind::Regions,
            _ => return None,
        },
        Some((folder, file)) if file.ends_with(".csv") => match folder {
            "taxonomies" => SourceKind::Taxonomy,
            "merchants" => SourceKind::Merchants,
            "imported" => SourceKind::Imported,
            "keywords" => SourceKind::Keywords,
            "places" => SourceKind::Places,
            _ => return None,
        },
        Some(("descriptors", file)) if file.ends_with(".toml") => SourceKind::Descriptors,
        Some(_) => return None,
    })
}
