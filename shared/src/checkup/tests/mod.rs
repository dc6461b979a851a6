//! What is told of findings, day after day.

mod days;
mod properties;
mod scale;
mod situations;
