//! Blueprints taken apart and put together again.

mod abroad;
mod building;
pub(crate) mod fixtures;
mod gone;
pub(crate) mod records;
mod vaults;
