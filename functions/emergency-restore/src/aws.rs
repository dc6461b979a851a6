//! The real world: one adapter for each port.
