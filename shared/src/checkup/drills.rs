//! To be written.

use super::{Asking, Sheet};

pub(super) fn ask(_asking: &Asking<'_>, _sheet: &mut Sheet) {}
