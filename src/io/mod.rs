//! Reading transactions from what people have, and writing answers in the forms other programs take.
//!
//! ```
//! use payee::io::{Batch, Input, ReadOptions, Reader};
//!
//! let chase = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n\
//!              01/30/2025,01/31/2025,SQ *BLUE BOTTLE COFFEE,Food & Drink,Sale,-6.75,\n";
//! let mut reader = Reader::open(&[Input::Bytes("a.csv".into(), chase.as_bytes().into())], ReadOptions::default())?;
//! let mut batch = Batch::default();
//! assert!(reader.next_batch(&mut batch)?);
//! assert_eq!(reader.report().files[0].format, "us.chase.card");
//! assert_eq!(batch.transactions[0].amount, Some("6.75".parse().unwrap()));
//! # Ok::<(), payee::Error>(())
//! ```

mod formats;
mod output;
mod read;
mod write;

pub use formats::{Format, Sign, check, formats, parse_formats};
pub use output::AtomicFile;
pub(crate) use read::masked;
pub use read::{
    Batch, ColumnMap, DateOrder, DecimalMark, FileReport, Input, Limits, RawRow, ReadOptions, Reader, Reject, Report,
    RowSource, propose,
};
pub use write::{Gist, OutputFormat, Parts, Renderer, Rendering, WriteOptions, Writer};
