//! The pipeline stopped half-way, so that benches can tell what each stage costs.

use crate::engine::{Engine, Scratch};
use crate::model::transaction::Transaction;
use crate::stages::{clean, identify};

/// The last stage that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// What each word is.
    Clean,
    /// Who was paid.
    Identify,
    /// What for.
    Categorize,
}

/// Runs the first stages over and over with the same buffers, as a thread of the engine does.
#[derive(Default)]
pub struct Partial(Scratch);

impl Partial {
    /// Runs up to a stage; gives how much it found: marks, then merchants, then proposals.
    pub fn run(&mut self, engine: &Engine, transaction: &Transaction, until: Until) -> usize {
        let (knowledge, home) = (&engine.knowledge, transaction.country);
        let Scratch { reading, identified, categorized, .. } = &mut self.0;
        clean::clean(knowledge, transaction, home, reading);
        if until == Until::Clean {
            return reading.marks.len();
        }
        identify::identify(knowledge, transaction, home, reading.naming_mut(), identified);
        if until == Until::Identify {
            return identified.candidates.len();
        }
        engine.categorize(transaction, reading, &identified.candidates, categorized);
        categorized.proposals.len()
    }
}
