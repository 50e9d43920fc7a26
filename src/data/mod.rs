//! The data: reading it strictly, and laying it out so that the engine can read it in place.

pub mod compile;
pub mod flat;
pub mod load;
pub mod ordinary;
pub mod pattern;
pub mod phrases;
pub mod source;
pub mod tables;
