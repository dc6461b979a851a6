//! What the stories and contracts share: the world outside, real where it can be.

pub mod postgres;
