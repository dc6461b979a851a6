//! When the certificates end that database servers show: the server's own, and that of its authority.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Protected, Told, read, unknown};
use crate::database::{Certificate, Instance, Kept, Seen};
use crate::moment;

const CERTIFICATE: &str = "certificate";
/// How long before the end it is told, and how long before it is grave
pub(super) const SOON: SignedDuration = SignedDuration::from_hours(24 * 90);
pub(super) const GRAVE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The authority that AWS gives new databases, which every engine takes
const USUAL: &str = "rds-ca-rsa2048-g1";

pub(super) fn ask(of: &Protected<'_>, sheet: &mut Sheet) {
    let answer = match of.seen() {
        Seen::Absent => return,
        Seen::Unknown(why) => Err(unknown(why)),
        Seen::Present(_) => ending(of),
    };
    match answer {
        Ok(None) => of.fine(sheet, CERTIFICATE),
        Ok(Some(told)) => of.found(sheet, CERTIFICATE, told),
        Err(why) => {
            let title = format!("how long the certificates of {} are valid could not be told", of.name);
            of.unknown(sheet, CERTIFICATE, &title, &why);
        }
    }
}

/// The servers of a database: itself, or the members of its cluster
fn servers<'a>(of: &Protected<'a>) -> Result<Vec<&'a Kept<Instance>>, Unknown> {
    let home = of.asking.home();
    let all = of.asking.instances(home)?;
    if !of.clustered() {
        let own = all.iter().filter(|kept| kept.facts.cluster.is_none() && kept.facts.identifier == of.identifier());
        return Ok(own.collect());
    }
    // Both lists say which instances belong to a cluster; neither may hide one.
    of.asking.clusters(home)?;
    let lists = of.asking.index.region(home);
    let cluster = lists.and_then(|lists| lists.cluster(of.identifier())).into_iter();
    let said = cluster.flat_map(|kept| &kept.facts.members).map(|member| member.instance.as_str());
    let own = lists.map_or(&[][..], |lists| lists.members(of.identifier())).iter();
    let members: BTreeSet<&str> = said.chain(own.map(|kept| kept.facts.identifier.as_str())).collect();
    members
        .into_iter()
        .map(|member| {
            let found = lists.and_then(|lists| lists.instance(member));
            found.ok_or_else(|| unknown(format!("the list of instances does not have {member}")))
        })
        .collect()
}

/// What ends, when, on which server
struct Ends<'a> {
    at: Timestamp,
    what: String,
    server: &'a str,
}

fn ends<'a>(server: &'a Kept<Instance>, authorities: &[Certificate]) -> Result<[Ends<'a>; 2], Unknown> {
    let identifier = server.facts.identifier.as_str();
    let not_named = |what: &str| unknown(format!("AWS does not say {what} of {identifier}"));
    let name = server.upkeep.certificate.as_deref().ok_or_else(|| not_named("the certificate authority"))?;
    let own = server.upkeep.certificate_until.ok_or_else(|| not_named("until when the certificate is valid"))?;
    let authority = authorities.iter().find(|known| known.identifier == name).and_then(|known| known.until);
    let authority = authority.ok_or_else(|| unknown(format!("AWS does not say until when {name} is valid")))?;
    Ok([
        Ends { at: own, what: format!("the certificate of {identifier}"), server: identifier },
        Ends { at: authority, what: format!("{name}, the authority of {identifier}"), server: identifier },
    ])
}

fn ending(of: &Protected<'_>) -> Result<Option<Told>, Unknown> {
    let home = of.asking.home();
    let servers = servers(of)?;
    let authorities = read(of.asking.region(home)?.certificates.as_ref(), "certificate authorities", home)?;
    let (mut all, mut not_told) = (Vec::new(), Vec::new());
    for server in servers {
        match ends(server, authorities) {
            Ok(ends) => all.extend(ends),
            Err(unknown) => not_told.push(unknown.why),
        }
    }
    let now = of.asking.now;
    all.retain(|ends| ends.at.duration_since(now) <= SOON);
    all.sort_by_key(|ends| ends.at);
    let Some(first) = all.first() else {
        return if not_told.is_empty() { Ok(None) } else { Err(unknown(not_told.join("; "))) };
    };
    let zone = of.asking.policy.zone();
    let left = first.at.duration_since(now);
    let mut evidence: Vec<String> =
        all.iter().map(|ends| format!("{} ends {}", ends.what, moment::both(ends.at, &zone))).collect();
    evidence.extend(not_told.into_iter().map(|why| format!("not all could be looked at: {why}")));
    let day = first.at.to_zoned(zone).date();
    let lasts = authorities
        .iter()
        .any(|known| known.identifier == USUAL && known.until.is_some_and(|until| until.duration_since(now) > SOON));
    let words = "Give the server a new certificate in its next maintenance window, as some engines restart for it.";
    let service = of.service();
    let mend = if lasts {
        let call = ["aws", service, "modify-db-instance", "--db-instance-identifier", first.server];
        let args: Vec<&str> = call
            .into_iter()
            .chain(["--ca-certificate-identifier", USUAL, "--no-apply-immediately", "--region", home])
            .collect();
        Mend::run(words, &args)
    } else {
        Mend::say(words)
    };
    let name = of.name;
    Ok(Some(Told {
        severity: if left <= GRAVE { Severity::High } else { Severity::Medium },
        title: if left <= SignedDuration::ZERO {
            format!("a certificate of {name} ended on {day}")
        } else {
            format!("a certificate of {name} ends on {day}")
        },
        evidence,
        why: "Clients that check certificates cannot connect after that, and so cannot a drill of the database.",
        mend,
        measure: None,
    }))
}
