//! Parquet and Arrow, written in batches of typed columns.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder, StringBuilder, UInt16Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::{WriteOptions, Writer, wanted};
use crate::io::read::RawRow;
use crate::model::record::{COLUMNS, Record, Value};

/// Digits of amounts, and how many of them are the fraction.
const PRECISION: u8 = 38;
const SCALE: i8 = 10;
/// Rows of a batch.
const BATCH: usize = 65_536;

/// What a batch is written to.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Parquet,
    Arrow,
}

enum Sink<W: Write + Send> {
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<FileWriter<W>>),
}

/// A column under construction.
enum Column {
    Text(StringBuilder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Decimal(Decimal128Builder),
    Code(UInt16Builder),
    Degrees(Float64Builder),
    Probability(Float32Builder),
}

impl Column {
    /// The type of a column follows from its name.
    fn of(name: &str) -> Self {
        match name {
            "date" | "date_in_text" => Self::Date(Date32Builder::new()),
            "amount" | "foreign_amount" => {
                let kind = DataType::Decimal128(PRECISION, SCALE);
                Self::Decimal(Decimal128Builder::new().with_data_type(kind))
            }
            "merchant_category_code" => Self::Code(UInt16Builder::new()),
            "latitude" | "longitude" => Self::Degrees(Float64Builder::new()),
            "confidence" => Self::Probability(Float32Builder::new()),
            name if name.starts_with("is_") => Self::Bool(BooleanBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn kind(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Bool(_) => DataType::Boolean,
            Self::Date(_) => DataType::Date32,
            Self::Decimal(_) => DataType::Decimal128(PRECISION, SCALE),
            Self::Code(_) => DataType::UInt16,
            Self::Degrees(_) => DataType::Float64,
            Self::Probability(_) => DataType::Float32,
        }
    }

    /// Appends a value; `false` if it cannot be held exactly.
    fn push(&mut self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(column), Value::Text(text) | Value::Word(text)) => column.append_value(text),
            (Self::Text(column), _) => column.append_null(),
            (Self::Bool(column), Value::Bool(value)) => column.append_value(value),
            (Self::Bool(column), _) => column.append_null(),
            (Self::Date(column), Value::Text(text) | Value::Word(text)) => {
                let epoch = jiff::civil::date(1970, 1, 1);
                let day = text.parse::<jiff::civil::Date>().ok();
                let days = day.and_then(|day| epoch.until(day).ok()).map(|span| span.get_days());
                column.append_option(days);
            }
            (Self::Date(column), _) => column.append_null(),
            (Self::Decimal(column), Value::Decimal(value)) => {
                let places = u32::try_from(SCALE).unwrap_or_default();
                let value = value.normalize();
                let factor = places.checked_sub(value.scale()).map(|zeros| 10_i128.pow(zeros));
                let Some(scaled) = factor.and_then(|factor| value.mantissa().checked_mul(factor)) else {
                    return false;
                };
                column.append_value(scaled);
            }
            (Self::Decimal(column), _) => column.append_null(),
            (Self::Code(column), Value::Integer(value)) => column.append_option(u16::try_from(value).ok()),
            (Self::Code(column), _) => column.append_null(),
            (Self::Degrees(column), Value::Degrees(value)) => column.append_value(value),
            (Self::Degrees(column), _) => column.append_null(),
            (Self::Probability(column), Value::Probability(value)) => column.append_value(value),
            (Self::Probability(column), _) => column.append_null(),
        }
        true
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Decimal(column) => Arc::new(column.finish()),
            Self::Code(column) => Arc::new(column.finish()),
            Self::Degrees(column) => Arc::new(column.finish()),
            Self::Probability(column) => Arc::new(column.finish()),
        }
    }
}

/// Writes typed columns: dates as days, amounts as decimals with ten places, flags as booleans.
pub(crate) struct Columnar<W: Write + Send> {
    sink: Sink<W>,
    schema: Arc<Schema>,
    wanted: Vec<bool>,
    columns: Vec<Column>,
    input: Vec<StringBuilder>,
    rows: usize,
}

impl<W: Write + Send> Columnar<W> {
    pub fn new(form: Form, out: W, options: &WriteOptions) -> Result<Self, String> {
        let wanted = wanted(options)?;
        let names: Vec<&str> =
            COLUMNS.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(name, _)| *name).collect();
        let columns: Vec<Column> = names.iter().map(|name| Column::of(name)).collect();
        let own = names.iter().zip(&columns).map(|(name, column)| Field::new(*name, column.kind(), true));
        let input = options.input_columns.iter().map(|name| Field::new(format!("input.{name}"), DataType::Utf8, true));
        let schema = Arc::new(Schema::new(own.chain(input).collect::<Vec<_>>()));
        let sink = match form {
            Form::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties));
                Sink::Parquet(Box::new(writer.map_err(|error| error.to_string())?))
            }
            Form::Arrow => {
                let writer = FileWriter::try_new(out, &schema).map_err(|error| error.to_string())?;
                Sink::Arrow(Box::new(writer))
            }
        };
        let input = options.input_columns.iter().map(|_| StringBuilder::new()).collect();
        Ok(Self { sink, schema, wanted, columns, input, rows: 0 })
    }

    fn give_on(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let own = self.columns.iter_mut().map(Column::finish);
        let input = self.input.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let columns: Vec<ArrayRef> = own.chain(input).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(arrow)?;
        match &mut self.sink {
            Sink::Parquet(writer) => writer.write(&batch).map_err(|error| io::Error::other(error.to_string())),
            Sink::Arrow(writer) => writer.write(&batch).map_err(arrow),
        }
    }
}

fn arrow(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other.to_string()),
    }
}

impl<W: Write + Send> Writer for Columnar<W> {
    fn write(&mut self, record: &Record<'_>, input: Option<&RawRow>) -> io::Result<()> {
        let mut wanted = self.wanted.iter();
        let mut columns = self.columns.iter_mut();
        let mut is_exact = true;
        record.each(|_, value| {
            if wanted.next().is_some_and(|wanted| *wanted)
                && let Some(column) = columns.next()
            {
                is_exact &= column.push(value);
            }
        });
        if !is_exact {
            let message =
                format!("an amount has more than {SCALE} places, which Parquet and Arrow columns of ours do not hold");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        for (at, column) in self.input.iter_mut().enumerate() {
            column.append_option(input.map(|input| String::from_utf8_lossy(input.cell(at))));
        }
        self.rows += 1;
        if self.rows == BATCH { self.give_on() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.give_on()?;
        match self.sink {
            Sink::Parquet(writer) => writer.close().map(drop).map_err(|error| io::Error::other(error.to_string())),
            Sink::Arrow(mut writer) => writer.finish().map_err(arrow),
        }
    }
}
