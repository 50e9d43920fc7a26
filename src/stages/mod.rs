//! The stages of the pipeline, one file each. A stage sees one transaction and what the stages before it found.

pub mod categorize;
pub mod clean;
pub mod describe;
pub mod details;
pub mod flag;
pub mod identify;
mod misspelt;
pub mod place;
pub mod recall;
mod reclaim;
pub mod shapes;
pub mod title;
pub mod weigh;
