//! What the user says about the input.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use payee::io::{ColumnMap, DateOrder, DecimalMark, ReadOptions, Sign, parse_formats};
use payee::{AccountType, Country, Currency, Error, Source};

/// How the input is to be read; what is not said is found out.
#[derive(Args)]
pub struct Reading {
    /// Format of the input (see `payee list formats`); found out unless given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Formats of your own, as `payee formats add` writes them; may be given several times
    #[arg(long, value_name = "FILE")]
    formats: Vec<PathBuf>,
    /// Which columns hold what: date=Booked,amount=Value,description=Text
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    map: Option<ColumnMap>,
    /// Order of dates in numbers: day-first, month-first or year-first (dmy, mdy or ymd)
    #[arg(long, value_name = "ORDER")]
    date_order: Option<DateOrder>,
    /// Decimal mark of amounts: dot or comma
    #[arg(long, value_name = "MARK")]
    decimal_mark: Option<DecimalMark>,
    /// Sign of money out in a single column of amounts: out-negative or out-positive
    #[arg(long, value_name = "SIGN")]
    sign: Option<Sign>,
    /// Encoding of the input, such as windows-1252
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Sign between the cells of a table, or `tab`
    #[arg(long, value_name = "SIGN", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Whether the first row of a table names its columns
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    header: Option<bool>,
    /// Currency of rows that tell none
    #[arg(long)]
    currency: Option<Currency>,
    /// Country of the accounts
    #[arg(long)]
    country: Option<Country>,
    /// Account of rows that name none
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    /// Kind of account of rows that tell none: CHECKING, CREDIT_CARD, ...
    #[arg(long, value_name = "TYPE")]
    account_type: Option<AccountType>,
}

impl Reading {
    /// The options of a reader. Fails with every problem of the user's own formats.
    pub fn options(&self) -> Result<ReadOptions, Error> {
        let mut own_formats = Vec::new();
        for path in &self.formats {
            let source = Source::read(path)?;
            own_formats.extend(parse_formats(&source.name, &source.text)?);
        }
        Ok(ReadOptions {
            format: self.format.clone(),
            map: self.map.clone(),
            date_order: self.date_order,
            decimal_mark: self.decimal_mark,
            sign: self.sign,
            encoding: self.encoding.clone(),
            delimiter: self.delimiter,
            header: self.header,
            currency: self.currency,
            country: self.country,
            account_id: self.account_id.clone(),
            account_type: self.account_type,
            own_formats,
            ..ReadOptions::default()
        })
    }

    /// The files of the user's own formats.
    pub fn files(&self) -> &[PathBuf] {
        &self.formats
    }

    /// The currency of rows that tell none.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// The kind of account of rows that tell none.
    pub fn account_type(&self) -> Option<AccountType> {
        self.account_type
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Ok(*byte),
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        _ => Err("a delimiter is one sign, such as `;`, or `tab`".into()),
    }
}
