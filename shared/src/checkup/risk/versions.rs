//! Engine versions that Extended Support charges for, or that AWS upgrades by itself.

use jiff::{SignedDuration, Timestamp};

use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Protected, Subject, Told, read, unknown};
use crate::database::{Engine, EngineSupport, Kind, Seen};
use crate::moment;

const VERSION: &str = "engine-version";
/// How long before the end of standard support it is told
const SOON: SignedDuration = SignedDuration::from_hours(24 * 90);

pub(super) fn ask(of: &Protected<'_>, sheet: &mut Sheet) {
    let answer = match of.seen() {
        Seen::Absent => return,
        Seen::Unknown(why) => Err(unknown(why)),
        Seen::Present(subject) if is_not_listed(of) => match documented(subject.engine_version) {
            Some(entry) => Ok(told(of, &subject, &entry, entry.standard_until)),
            None => return sheet.silent(of.id(VERSION), "AWS's list of major versions names none of DocumentDB"),
        },
        Seen::Present(subject) => ending(of, &subject),
    };
    match answer {
        Ok(None) => of.fine(sheet, VERSION),
        Ok(Some(told)) => of.found(sheet, VERSION, told),
        Err(why) => {
            let title = format!("how long the engine version of {} is supported could not be told", of.name);
            of.unknown(sheet, VERSION, &title, &why);
        }
    }
}

/// AWS's list is of RDS: where it was read and names no version of DocumentDB at all, nobody can mend that.
fn is_not_listed(of: &Protected<'_>) -> bool {
    let home = of.asking.region(of.asking.home());
    let list = home.ok().and_then(|region| region.support.as_ref()?.as_ref().ok());
    let other = |entry: &EngineSupport| entry.engine != Engine::Docdb.word();
    of.entry.kind == Kind::Documentdb && list.is_some_and(|list| !list.is_empty() && list.iter().all(other))
}

/// DocumentDB's one version that has an end, as its developer guide says it ("Amazon DocumentDB engine version support dates"):
/// standard support until 30 March 2026, Extended Support for three years from then on. The list that AWS gives by its API
/// names no version of DocumentDB; where it does, that counts.
fn documented(version: &str) -> Option<EngineSupport> {
    let entry = EngineSupport {
        engine: Engine::Docdb.word().to_owned(),
        major: "3.6".to_owned(),
        standard_until: "2026-03-31T00:00:00Z".parse().ok(),
        extended_until: "2029-03-31T00:00:00Z".parse().ok(),
    };
    support(std::slice::from_ref(&entry), &entry.engine, version)?;
    Some(entry)
}

/// The entry of a version: the longest major that it begins with, so that `10.11.9` is of `10.11` and not of `10`
fn support<'a>(list: &'a [EngineSupport], engine: &str, version: &str) -> Option<&'a EngineSupport> {
    let fits = |entry: &&EngineSupport| {
        let rest = version.strip_prefix(entry.major.as_str());
        entry.engine == engine
            && !entry.major.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    list.iter().filter(fits).max_by_key(|entry| entry.major.len())
}

fn ending(of: &Protected<'_>, subject: &Subject<'_>) -> Result<Option<Told>, Unknown> {
    let home = of.asking.home();
    let list = read(of.asking.region(home)?.support.as_ref(), "supported engine versions", home)?;
    let (engine, version) = (subject.engine.word(), subject.engine_version);
    let entry = support(list, engine, version);
    let entry =
        entry.ok_or_else(|| unknown(format!("AWS's list of major versions does not have {engine} {version}")))?;
    let none = || unknown(format!("AWS names no end of standard support of {engine} {}", entry.major));
    let until = entry.standard_until.ok_or_else(none)?;
    Ok(told(of, subject, entry, Some(until)))
}

/// What is told of a version near its end or past it; none while that is far
fn told(of: &Protected<'_>, subject: &Subject<'_>, entry: &EngineSupport, until: Option<Timestamp>) -> Option<Told> {
    let (until, home) = (until?, of.asking.home());
    let (engine, version) = (subject.engine.word(), subject.engine_version);
    let left = until.duration_since(of.asking.now);
    if left > SOON {
        return None;
    }
    let over = left <= SignedDuration::ZERO;
    let (name, major, zone) = (of.name, &entry.major, of.asking.policy.zone());
    let refused = subject.upkeep.extended_support.as_deref().is_some_and(|word| word.ends_with("-disabled"));
    let what = match (entry.extended_until, refused) {
        (Some(_), false) => "Extended Support is charged for",
        _ => "AWS upgrades it by itself",
    };
    let mut evidence = vec![
        format!("engine {engine} {version}, major version {major}"),
        format!("standard support ends {}", moment::both(until, &zone)),
    ];
    evidence.extend(entry.extended_until.map(|at| format!("Extended Support ends {}", moment::both(at, &zone))));
    evidence.extend(subject.upkeep.extended_support.as_ref().map(|word| format!("EngineLifecycleSupport is {word}")));
    let day = until.to_zoned(zone).date();
    Some(Told {
        severity: if over { Severity::Medium } else { Severity::Low },
        title: if over {
            format!("{name} runs {engine} {major}, out of standard support since {day}: {what}")
        } else {
            format!("{name} runs {engine} {major}, whose standard support ends on {day}: then {what}")
        },
        evidence,
        why: "Copies that drills and recoveries restore have the same version, and cost or change the same way.",
        mend: Mend::run(
            "Plan the upgrade to a newer major version, and try it on a copy first.",
            &[
                "aws",
                of.service(),
                "describe-db-engine-versions",
                "--engine",
                engine,
                "--engine-version",
                version,
                "--query",
                "DBEngineVersions[].ValidUpgradeTarget[].EngineVersion",
                "--region",
                home,
            ],
        ),
        measure: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_major_that_a_version_begins_with_is_its_own() {
        let entry = |engine: &str, major: &str| EngineSupport {
            engine: engine.to_owned(),
            major: major.to_owned(),
            standard_until: None,
            extended_until: None,
        };
        let list =
            [entry("mariadb", "10"), entry("mariadb", "10.11"), entry("postgres", "1"), entry("aurora-mysql", "8.0")];
        let table = [
            ("mariadb", "10.11.9", Some("10.11")),
            ("mariadb", "10.6.1", Some("10")),
            ("postgres", "16.4", None),
            ("aurora-mysql", "8.0.mysql_aurora.3.08.0", Some("8.0")),
            ("mysql", "8.0.39", None),
            ("mariadb", "", None),
        ];
        for (engine, version, wanted) in table {
            let found = support(&list, engine, version).map(|entry| entry.major.as_str());
            assert_eq!(found, wanted, "{engine} {version}");
        }
    }
}
