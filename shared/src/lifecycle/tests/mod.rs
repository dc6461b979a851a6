//! Situations of snapshots.

mod copying;
mod crowds;
mod gate;
mod histories;
mod keeping;
mod planning;
mod taking;
