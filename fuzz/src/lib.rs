//! What every target checks: reading ends, never panics, and counts every row.

use payee::io::{Batch, Input, Limits, ReadOptions, Reader};

/// Reads bytes as one file. `start` is put in front, so that the file is of the wanted kind.
pub fn read(start: &str, bytes: &[u8]) {
    let whole = [start.as_bytes(), bytes].concat();
    let whole_rows = rows(&whole, 64);
    // The size of batches must not matter.
    if let Some(whole_rows) = whole_rows {
        assert_eq!(rows(&whole, 3), Some(whole_rows));
    }
}

fn rows(bytes: &[u8], batch_rows: usize) -> Option<(u64, u64)> {
    let limits = Limits { row: 1 << 16, document: 1 << 22, ..Limits::default() };
    let options = ReadOptions { batch_rows, keep_input: true, limits, ..ReadOptions::default() };
    let mut reader = Reader::open(&[Input::Bytes("fuzz".into(), bytes.into())], options).ok()?;
    let mut batch = Batch::default();
    let mut count = 0;
    loop {
        match reader.next_batch(&mut batch) {
            Ok(true) => {
                assert_eq!(batch.transactions.len(), batch.sources.len());
                assert_eq!(batch.transactions.len(), batch.raw.len());
                assert!(batch.transactions.iter().all(|row| row.amount.is_none_or(|amount| !amount.is_sign_negative() || amount.is_zero())));
                count += batch.transactions.len() as u64;
            }
            Ok(false) => break,
            Err(_) => return None,
        }
    }
    let report = reader.report();
    assert_eq!(report.rows, count + report.rejected);
    Some((count, report.rejected))
}
