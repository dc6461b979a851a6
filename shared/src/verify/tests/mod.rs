//! Situations of answers.

mod judging;
