//! Recurring streams: accuracy on simulated households, named cases, properties.

#[path = "recur/accuracy.rs"]
mod accuracy;
#[path = "recur/simulator.rs"]
mod simulator;
