//! Recurring streams and companions: accuracy on simulated households, named cases, properties.

#[path = "recur/accuracy.rs"]
mod accuracy;
#[path = "recur/cases.rs"]
mod cases;
#[path = "recur/companions.rs"]
mod companions;
#[path = "recur/properties.rs"]
mod properties;
#[path = "recur/render.rs"]
mod render;
#[path = "recur/simulator.rs"]
mod simulator;
