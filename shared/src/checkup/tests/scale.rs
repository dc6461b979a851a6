//! A large account. Timed by hand: `cargo test -p lifeboat --no-default-features checkup::tests::scale -- --ignored --nocapture`

use std::time::Instant;

use crate::checkup::healthy::*;
use crate::checkup::{State, World, compare, costs, judge, overview, remedies};
use crate::policy::Policy;

const SNAPSHOTS_OF_EACH: i64 = 10;

/// So many Aurora clusters, each with a drill, a vault, copies and ten manual snapshots, all of them old
fn large(clusters: usize) -> (Policy, World) {
    let name = |number: usize| format!("shop-{number:04}");
    let one = |number: usize| {
        format!(
            r#""{name}": {{"kind": "aurora", "identifier": "{name}", "backups": {{"retention_days": 1,
                "restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                "recovery_points": [{{"vault": "prod", "newest_hours": 26}}],
                "copies": [{{"region": "us-west-2", "newest_hours": 50}}]}},
                "drills": {{"weekly": {{"max_age_days": 8}}}},
                "snapshots": {{"patterns": ["by-hand-*"], "keep_last": 3}}}}"#,
            name = name(number)
        )
    };
    let databases: Vec<String> = (0..clusters).map(one).collect();
    let policy = policy_of(&format!(r#"{{"version": 1, "databases": {{{}}}}}"#, databases.join(",")));
    let mut world = world();
    world.drills = Some(Ok((0..clusters).map(|number| drill(&name(number), 100)).collect()));
    let names: Vec<String> = (0..clusters).map(name).collect();
    let all: Vec<_> = names.iter().map(|name| cluster(name, "aurora-postgresql", "16.4")).collect();
    let region = home(&mut world);
    list(&mut region.instances).extend(all.iter().map(member));
    *list(&mut region.clusters) = all;
    let manual = |name: &String, age| snapshot(name, &format!("by-hand-{name}-{age}"), 100 + age);
    let of = |name: &String| (0..SNAPSHOTS_OF_EACH).map(|age| manual(name, age)).collect::<Vec<_>>();
    *list(&mut region.snapshots) =
        names.iter().flat_map(of).chain(names.iter().map(|name| automated(name, 9))).collect();
    *list(&mut region.jobs) = names.iter().map(|name| job("cluster", name, 9)).collect();
    region.vaults.insert("prod".to_owned(), vault(names.iter().map(|name| point("cluster", name, 9)).collect()));
    *list(&mut abroad(&mut world).snapshots) = names.iter().map(|name| copied(name, 40)).collect();
    (policy, world)
}

fn timed<T>(what: &str, ask: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let answer = ask();
    eprintln!("  {what}: {} ms", begin.elapsed().as_millis());
    answer
}

#[test]
#[ignore = "it is slow on purpose, and looked at by a person"]
fn a_thousand_clusters_and_ten_thousand_snapshots() {
    for clusters in [250, 500, 1000] {
        let (policy, world) = large(clusters);
        eprintln!("{clusters} clusters");
        let sheet = timed("judge", || judge(now(), &policy, &world));
        assert!(sheet.answers().count() > 15 * clusters);
        let compared = timed("compare", || compare(now(), &policy, &sheet, &State::default(), None));
        timed("compare with an empty sheet", || {
            compare(now(), &policy, &crate::checkup::Sheet::default(), &compared.next, None)
        });
        timed("costs", || costs(now(), &policy, &world));
        timed("overview", || overview(now(), &policy, &world));
        timed("remedies", || remedies(now(), &policy, &world));
    }
}
