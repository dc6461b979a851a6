//! What puts backups at risk: encryption, sharing, protection, keys, quotas, versions, certificates.

mod bundle;
mod certificates;
mod keys;
mod quotas;
mod sharing;
mod snapshots;
mod versions;

pub use bundle::BUNDLE_UNTIL;
pub use keys::wanted_keys;
pub use quotas::regions_with_quotas;

use super::{Asking, Sheet};

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for of in asking.protected() {
        snapshots::encryption(&of, sheet);
        snapshots::protection(&of, sheet);
        sharing::ask(&of, sheet);
        keys::ask(&of, sheet);
        versions::ask(&of, sheet);
        certificates::ask(&of, sheet);
    }
    quotas::ask(asking, sheet);
    bundle::ask(asking, sheet);
}

#[cfg(test)]
mod tests;
