//! One pass over the input: rows are read, enriched and rendered, and handed on in order.
//!
//! While one batch is enriched on all threads, the one before it is handed on and the next one is read.

use std::sync::{Mutex, PoisonError};

use payee::io::{Batch, Gist, Reader, Rendering};
use payee::recur::Streams;
use rayon::prelude::*;

use super::Failure;
use super::summary::Summary;

/// Rows that one task enriches and renders: few, as at the end of a batch threads wait for the last one.
const CHUNK: usize = 128;

/// How the rows are enriched and rendered.
pub struct Pass<'e> {
    /// One for each thread.
    renderings: Vec<Mutex<Rendering<'e>>>,
    /// The streams, if they are known already, and the rows that belong to them.
    streams: Option<(&'e Streams, Vec<(u32, u32)>)>,
    keeps_gists: bool,
}

/// Rows that one task has rendered.
#[derive(Default)]
pub struct Chunk<'e> {
    /// The rows.
    pub bytes: Vec<u8>,
    /// Where each of them ends.
    pub ends: Vec<u32>,
    /// What they add to the summary.
    pub summary: Summary,
    /// What streams are found by: gists, their descriptions put together, and where each of those ends.
    gists: Vec<(Gist<'e, 'static>, usize)>,
    descriptions: String,
}

impl<'e> Chunk<'e> {
    /// The gists of all rows, if they were to be kept.
    pub fn gists(&self) -> impl Iterator<Item = Gist<'e, '_>> {
        let mut start = 0;
        self.gists.iter().map(move |(gist, end)| {
            let description = &self.descriptions[start..*end];
            start = *end;
            Gist { description, ..*gist }
        })
    }
}

impl<'e> Pass<'e> {
    /// A pass with one rendering for each thread of the current pool. With `streams` the rows are marked; with `keeps_gists` streams can be found.
    pub fn new(renderings: Vec<Rendering<'e>>, streams: Option<&'e Streams>, keeps_gists: bool) -> Self {
        Self {
            renderings: renderings.into_iter().map(Mutex::new).collect(),
            streams: streams.map(|streams| (streams, streams.by_row())),
            keeps_gists,
        }
    }

    /// Reads to the end and hands every batch over with its rendered rows; gives the number of rows.
    pub fn run(
        &self,
        reader: &mut Reader,
        mut take: impl FnMut(&Reader, &Batch, Vec<Chunk<'e>>) -> Result<(), Failure> + Send,
    ) -> Result<u64, Failure> {
        let (mut batch, mut next, mut before) = (Batch::default(), Batch::default(), Batch::default());
        let mut waiting: Option<Vec<Chunk<'e>>> = None;
        let mut first = 0;
        let mut more = reader.next_batch(&mut batch)?;
        while more {
            let (chunks, read) = rayon::join(
                || self.render(first, &batch),
                || {
                    if let Some(chunks) = waiting.take() {
                        take(reader, &before, chunks)?;
                    }
                    Ok::<_, Failure>(reader.next_batch(&mut next))
                },
            );
            let read = read?;
            waiting = Some(chunks);
            first += batch.transactions.len() as u64;
            std::mem::swap(&mut before, &mut batch);
            std::mem::swap(&mut batch, &mut next);
            more = match read {
                Ok(more) => more,
                Err(error) => {
                    // What was read before is handed on all the same.
                    take(reader, &before, waiting.take().unwrap_or_default())?;
                    return Err(error.into());
                }
            };
        }
        if let Some(chunks) = waiting {
            take(reader, &before, chunks)?;
        }
        Ok(first)
    }

    /// Enriches and renders a batch; `first` is the number of its first row.
    fn render(&self, first: u64, batch: &Batch) -> Vec<Chunk<'e>> {
        let chunks = batch.transactions.par_chunks(CHUNK).enumerate();
        chunks
            .map(|(number, transactions)| {
                let thread = rayon::current_thread_index().unwrap_or(0) % self.renderings.len();
                // A panic elsewhere leaves nothing half-done that would be given out.
                let mut rendering = self.renderings[thread].lock().unwrap_or_else(PoisonError::into_inner);
                let mut chunk = Chunk { bytes: Vec::with_capacity(transactions.len() * 640), ..Chunk::default() };
                for (at, transaction) in transactions.iter().enumerate() {
                    let place = number * CHUNK + at;
                    let (row, input) = (first + place as u64, batch.raw.get(place));
                    chunk.summary.left_out += u64::from(rendering.leaves_out(transaction));
                    let gist = rendering.marked(row, transaction, input, self.stream(row), &mut chunk.bytes);
                    chunk.ends.push(chunk.bytes.len() as u32);
                    chunk.summary.add(transaction, &gist);
                    if self.keeps_gists {
                        chunk.descriptions.push_str(gist.description);
                        chunk.gists.push((Gist { description: "", ..gist }, chunk.descriptions.len()));
                    }
                }
                chunk
            })
            .collect()
    }

    fn stream(&self, row: u64) -> Option<&'e payee::recur::Stream> {
        let (streams, members) = self.streams.as_ref()?;
        let at = members.binary_search_by_key(&row, |(row, _)| u64::from(*row)).ok()?;
        Some(&streams.all()[members[at].1 as usize])
    }
}
