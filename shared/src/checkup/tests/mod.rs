//! What is told of findings, day after day.
