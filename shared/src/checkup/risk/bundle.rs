//! The roots that data-check ships, which every check of data hangs on.

use jiff::Timestamp;

use super::certificates::{GRAVE, SOON};
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::Told;
use crate::checkup::{Asking, Sheet};
use crate::moment;

/// When the first root of data-check's `rds-ca-bundle.pem` ends: 2061-05-18T21:49:45Z. A test beside the bundle reads it
/// from the file.
pub const BUNDLE_UNTIL: Timestamp = Timestamp::constant(2_883_678_585, 0);

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    let id = "ca-bundle";
    let left = BUNDLE_UNTIL.duration_since(asking.now);
    if left > SOON {
        return sheet.fine(id);
    }
    let told = Told {
        severity: if left <= GRAVE { Severity::High } else { Severity::Medium },
        title: format!("the first root that data-check trusts ends on {}", BUNDLE_UNTIL.strftime("%Y-%m-%d")),
        evidence: vec![format!("rds-ca-bundle.pem: {}", moment::utc(BUNDLE_UNTIL))],
        why: "A server whose certificate comes from that root cannot be checked any more.",
        mend: Mend::say("Deploy a version of data-check with the newer bundle that AWS publishes."),
        measure: None,
    };
    sheet.found(told.under(id.to_owned(), None));
}
