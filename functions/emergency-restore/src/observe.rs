//! What is seen of the world for one step. A read that fails is `Unknown` with its reason, never "not there".

use std::collections::BTreeMap;

use lifeboat::database::{Cluster, Instance, RestoreJob, Seen};
use lifeboat::fault::Fault;
use lifeboat::ports::{Blueprints, CutOvers, Databases, Store, Vaults};
use lifeboat::recover::{
    Blueprint, CutOverSeen, Move, Named, Observed, Phase, ProxyFacts, Record, Server, is_to_be_read_back, looks_at_job,
    members,
};
use lifeboat::verify::Answers;

use crate::side_by_side::side_by_side;
use crate::{EmergencyRestore, Visit, World};

/// Looks at what this run needs to know now, side by side.
pub async fn observe<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> Observed {
    let mut seen = Observed {
        cluster: Seen::Absent,
        members: BTreeMap::new(),
        job: Seen::Absent,
        answers: Seen::Absent,
        copy: None,
        cut_over: CutOverSeen::default(),
    };
    if matches!(record.phase, Phase::HandedOver | Phase::Stuck) {
        if record.is_cutting_over() {
            seen.cut_over = cut_over(function, record, visit).await;
        }
        return seen;
    }
    (seen.cluster, seen.members, seen.job, seen.answers, seen.copy) = tokio::join!(
        cluster(function, record, visit),
        instances(function, record, visit),
        job(function, record, visit),
        answers(function, record, visit),
        read_back(function, record, visit),
    );
    seen
}

async fn cluster<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> Seen<Cluster> {
    if !record.blueprint.kind.is_clustered() {
        return Seen::Absent;
    }
    let read = function.world().databases().cluster(&record.run);
    seen(record, visit, visit.call(function, "rds:DescribeDBClusters", &record.run, read).await)
}

/// The copy's instances. A cluster's are not looked for before its volume is there: none could have been made.
async fn instances<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    visit: &Visit,
) -> BTreeMap<String, Seen<Instance>> {
    let names: Vec<String> = match (record.blueprint.kind.is_clustered(), record.copy.volume_at) {
        (false, _) => vec![record.run.clone()],
        (true, None) => Vec::new(),
        (true, Some(_)) => {
            members(&record.blueprint, &record.run).into_iter().map(|member| member.identifier).collect()
        }
    };
    let looks = names.into_iter().map(|name| async move {
        let read = function.world().databases().instance(&name);
        let read = visit.call(function, "rds:DescribeDBInstances", &name, read).await;
        (name, seen(record, visit, read))
    });
    side_by_side(looks.collect()).await.into_iter().collect()
}

/// The restore job of AWS Backup, while it may have something to say
async fn job<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> Seen<RestoreJob> {
    let Some(id) = looks_at_job(record) else { return Seen::Absent };
    let read = function.world().vaults().restore_job(id);
    seen(record, visit, visit.call(function, "backup:DescribeRestoreJob", id, read).await)
}

/// Key of what data-check answered
pub fn answers_key(run: &str) -> String {
    format!("checks/{run}.json")
}

async fn answers<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> Seen<Answers> {
    if record.verdict.is_some() || !record.acts.contains_key("ask") {
        return Seen::Absent;
    }
    let key = answers_key(&record.run);
    let read = visit.call(function, "s3:GetObject", &key, function.world().store().read(&key)).await;
    match seen(record, visit, read) {
        Seen::Absent => Seen::Absent,
        Seen::Unknown(why) => Seen::Unknown(why),
        Seen::Present(stored) => match serde_json::from_slice(&stored.body) {
            Ok(answers) => Seen::Present(answers),
            Err(error) => {
                let words = format!("{key} cannot be read: {error}");
                tracing::warn!(run = record.run, error = words, "an answer cannot be read");
                Seen::Unknown(words)
            }
        },
    }
}

async fn read_back<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> Option<Blueprint> {
    if !is_to_be_read_back(function.now(), record) {
        return None;
    }
    let clustered = record.blueprint.kind.is_clustered();
    let read = function.world().databases().blueprint(&record.run, clustered);
    let read = visit.call(function, "rds:Describe (copy)", &record.run, read).await;
    seen(record, visit, read).present().cloned()
}

/// Where everything stands that a cut-over moves
async fn cut_over<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> CutOverSeen {
    let Some(cut) = &record.cut_over else { return CutOverSeen::default() };
    let mut servers: Vec<Server> = Vec::new();
    let mut proxy: Option<(&str, &str)> = None;
    for one in &cut.moves {
        match one {
            Move::Rename { server, .. } if !servers.contains(server) => servers.push(server.clone()),
            Move::Rename { .. } => {}
            Move::Retarget { proxy: name, group, .. } => proxy = Some((name, group)),
        }
    }
    let looks = servers.into_iter().map(|server| async move {
        let read = function.world().databases().named(&server);
        let now = visit.call(function, "rds:Describe (by id)", &server.resource_id, read).await;
        let now = now.map_err(|fault| {
            visit.note(&record.run, &fault);
            fault.to_string()
        });
        Named { server, now }
    });
    let behind = async {
        let (name, group) = proxy?;
        Some(proxy_facts(function, record, (name, group), visit).await)
    };
    let (named, proxy) = tokio::join!(side_by_side(looks.collect()), behind);
    CutOverSeen { named, proxy }
}

async fn proxy_facts<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    (proxy, group): (&str, &str),
    visit: &Visit,
) -> Result<ProxyFacts, String> {
    let read = function.world().databases().proxy(proxy, group);
    visit.call(function, "rds:DescribeDBProxyTargets", proxy, read).await.map_err(|fault| {
        visit.note(&record.run, &fault);
        fault.to_string()
    })
}

fn seen<T>(record: &Record, visit: &Visit, result: Result<Option<T>, Fault>) -> Seen<T> {
    match result {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            visit.note(&record.run, &fault);
            Seen::Unknown(fault.to_string())
        }
    }
}
