//! Situations of snapshots.

mod copying;
mod gate;
mod histories;
mod keeping;
mod planning;
mod taking;
