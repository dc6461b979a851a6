//! Blueprints taken apart and put together again.

mod building;
pub(crate) mod fixtures;
pub(crate) mod records;
