//! Recoveries and inspections that are still under way, or still stand.

use jiff::{SignedDuration, Timestamp};

use crate::checkup::facts::RunFacts;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Told, read, unknown};
use crate::checkup::{Asking, Sheet};
use crate::database::{Cluster, Instance, Tags};
use crate::moment;
use crate::restore::{EXPIRES_AT, PURPOSE, Purpose, prefix_of};

/// How long the sweeper may take with an inspection whose time is over: it comes every quarter of an hour, and a copy goes in
/// several steps
const SWEEPING: SignedDuration = SignedDuration::from_hours(1);
/// How long a recovered copy may stand before it is told what it costs
const LONG: SignedDuration = SignedDuration::from_hours(24 * 7);

/// `running` stands for the list of runs, `copy-standing/<region>` for the lists of copies.
pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    running(asking, sheet);
    let mut regions = asking.policy.drill_regions();
    regions.insert(asking.home().to_owned());
    for region in regions {
        copies(asking, &region, sheet);
    }
}

fn running(asking: &Asking<'_>, sheet: &mut Sheet) {
    let runs = match read(asking.world.open_runs.as_ref(), "records of runs", asking.home()) {
        Ok(runs) => runs,
        Err(why) => return sheet.unknown("running", None, "which recoveries are under way could not be told", &why),
    };
    sheet.fine("running");
    let told = [Purpose::Recovery, Purpose::Inspection].map(prefix_of);
    for run in runs.iter().filter(|run| told.iter().any(|prefix| run.run.starts_with(prefix))) {
        let told = under_way(asking, run);
        sheet.found(told.under(format!("running/{}", run.run), Some(&run.database)));
    }
}

fn under_way(asking: &Asking<'_>, run: &RunFacts) -> Told {
    let payload = format!(r#"{{"run":"{}"}}"#, run.run);
    let invoke = ["aws", "lambda", "invoke", "--function-name", "emergency-restore"];
    let raw = ["--cli-binary-format", "raw-in-base64-out", "--payload", &payload, "/dev/stdout"];
    let args: Vec<&str> = invoke.into_iter().chain(raw).collect();
    let at = moment::both(run.requested_at, &asking.policy.zone());
    let (what, why) = if run.run.starts_with(prefix_of(Purpose::Inspection)) {
        let why = "It holds the data of its source until its time is over; then the sweeper removes it.";
        ("inspection", why)
    } else {
        let why = "Whoever reads of other troubles of this database should know that it is being restored.";
        ("recovery", why)
    };
    Told {
        severity: Severity::Low,
        title: format!("the {what} {} is under way: {}", run.run, run.phase),
        evidence: vec![format!("asked for {at}")],
        why,
        mend: Mend::run("See where it stands.", &args),
        measure: None,
    }
}

/// A copy that may be one of ours
struct Copy<'a> {
    identifier: &'a str,
    clustered: bool,
    tags: &'a Tags,
    created_at: Option<Timestamp>,
    class: Option<&'a str>,
}

impl<'a> From<&'a Cluster> for Copy<'a> {
    fn from(facts: &'a Cluster) -> Self {
        let (identifier, tags, created_at) = (facts.identifier.as_str(), &facts.tags, facts.created_at);
        Self { identifier, clustered: true, tags, created_at, class: facts.configuration.class.as_deref() }
    }
}

impl<'a> From<&'a Instance> for Copy<'a> {
    fn from(facts: &'a Instance) -> Self {
        let (identifier, tags, created_at) = (facts.identifier.as_str(), &facts.tags, facts.created_at);
        Self { identifier, clustered: false, tags, created_at, class: facts.configuration.class.as_deref() }
    }
}

impl Copy<'_> {
    /// What it is for: by its tag, or else by its name
    fn purpose(&self) -> Option<Purpose> {
        match self.tags.get(PURPOSE) {
            Some(word) => Purpose::from_word(word),
            None => [Purpose::Recovery, Purpose::Inspection]
                .into_iter()
                .find(|purpose| self.identifier.starts_with(prefix_of(*purpose))),
        }
    }
}

fn copies(asking: &Asking<'_>, region: &str, sheet: &mut Sheet) {
    let list = format!("copy-standing/{region}");
    let (clusters, instances) = match (asking.clusters(region), asking.instances(region)) {
        (Ok(clusters), Ok(instances)) => (clusters, instances),
        (Err(why), _) | (_, Err(why)) => {
            let title = format!("which recoveries and inspections still stand in {region} could not be told");
            return sheet.unknown(list, None, &title, &why);
        }
    };
    sheet.fine(list.as_str());
    let single = instances.iter().filter(|kept| kept.facts.cluster.is_none()).map(|kept| Copy::from(&kept.facts));
    let protected = asking.policy.protected();
    for copy in clusters.iter().map(|kept| Copy::from(&kept.facts)).chain(single) {
        // One that was renamed into its source's place is production now.
        if protected.contains(copy.identifier) {
            continue;
        }
        let id = format!("{list}/{}", copy.identifier);
        match copy.purpose() {
            Some(Purpose::Recovery) => recovery(asking, region, &copy, id, sheet),
            Some(Purpose::Inspection) => inspection(asking, region, &copy, id, sheet),
            Some(Purpose::Drill | Purpose::Validation) | None => {}
        }
    }
}

fn recovery(asking: &Asking<'_>, region: &str, copy: &Copy<'_>, id: String, sheet: &mut Sheet) {
    let Some(created) = copy.created_at else {
        let title = format!("for how long {} has stood could not be told", copy.identifier);
        return sheet.unknown(id, None, &title, &unknown("AWS does not say when it was made"));
    };
    let age = asking.now.duration_since(created);
    if age <= LONG {
        return sheet.fine(id);
    }
    let class = copy.class.map(|class| format!(", of the class {class}"));
    let told = Told {
        severity: Severity::Low,
        title: format!("{} was recovered {} ago and still stands", copy.identifier, moment::duration(age)),
        evidence: vec![format!(
            "made {} in {region}{}",
            moment::both(created, &asking.policy.zone()),
            class.unwrap_or_default()
        )],
        why: "It costs as much as its source, every hour, and its backups are looked at by nobody.",
        mend: look(copy, region, "If it is production now, name it in the policy; if nobody needs it, remove it."),
        measure: None,
    };
    sheet.found(told.under(id, None));
}

fn inspection(asking: &Asking<'_>, region: &str, copy: &Copy<'_>, id: String, sheet: &mut Sheet) {
    let expires = copy.tags.get(EXPIRES_AT).and_then(|at| at.parse::<Timestamp>().ok());
    let Some(expires) = expires else {
        let title = format!("until when {} may stand could not be told", copy.identifier);
        let why = format!("its tag {EXPIRES_AT} is missing or no time, so the sweeper leaves it alone");
        return sheet.unknown(id, None, &title, &unknown(why));
    };
    let late = asking.now.duration_since(expires);
    if late <= SWEEPING {
        return sheet.fine(id);
    }
    let told = Told {
        severity: Severity::Medium,
        title: format!("the inspection {} expired {} ago and still stands", copy.identifier, moment::duration(late)),
        evidence: vec![format!("{EXPIRES_AT} is {}", moment::both(expires, &asking.policy.zone()))],
        why: "The sweeper should have removed it; the data in it is outside of its source's protection.",
        mend: look(copy, region, "See what keeps it: the sweeper's last mails say why it could not be removed."),
        measure: Some(late.as_secs_f64() / 3600.0),
    };
    sheet.found(told.under(id, None));
}

fn look(copy: &Copy<'_>, region: &str, words: &str) -> Mend {
    let (call, key) = if copy.clustered {
        ("describe-db-clusters", "--db-cluster-identifier")
    } else {
        ("describe-db-instances", "--db-instance-identifier")
    };
    Mend::run(words, &["aws", "rds", call, key, copy.identifier, "--region", region])
}
