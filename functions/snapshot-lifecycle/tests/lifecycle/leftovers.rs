//! What copies and tests left behind.

use jiff::Timestamp;
use lifeboat::database::{
    BackupJob, Cluster, Engine, JobKind, PointFacts, RecoveryPoint, RetainedBackup, Sharing, Tags, Window,
};
use lifeboat::restore::{EXPIRES_AT, Leftover, PURPOSE, RUN};

use crate::things::{REAL, begins, cluster, hours, instance, policy, sim, snapshot};
use crate::world::Sim;

const DRILL: &str = "drill-orders-202611150000";

fn tags(expires: Timestamp) -> Tags {
    let all = [(RUN, DRILL), (PURPOSE, "drill"), (EXPIRES_AT, &expires.to_string())];
    all.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn retained(tags: Tags) -> RetainedBackup {
    RetainedBackup {
        identifier: DRILL.to_owned(),
        resource_id: "cluster-1".to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster:{DRILL}"),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        window: Window::default(),
        created_at: Some(begins() - hours(100)),
        kms_key: None,
        port: None,
        tags,
        backup_arn: None,
    }
}

/// A copy with everything that it can leave behind
fn left(expires: Timestamp) -> Sim {
    let sim = sim(2, &policy("", REAL));
    let made = begins() - hours(100);
    {
        let mut state = sim.state();
        state.clusters.push(Cluster { tags: tags(expires), ..cluster(DRILL, made) });
        let mut member = instance(&format!("{DRILL}-1"), made);
        (member.tags, member.cluster) = (tags(expires), Some(DRILL.to_owned()));
        state.instances.push(member);
        let mut one = snapshot(DRILL, made);
        (one.tags, one.source) = (tags(expires), DRILL.to_owned());
        state.add(one);
        state.retained.push((true, retained(tags(expires))));
        state.remains.push(Leftover {
            what: "automated backup".to_owned(),
            identifier: DRILL.to_owned(),
            run: Some(DRILL.to_owned()),
            note: "retained".to_owned(),
            region: None,
        });
    }
    sim
}

#[tokio::test(start_paused = true)]
async fn what_expired_copies_left_behind_goes() {
    let sim = left(begins() - hours(1));
    sim.tick().await.unwrap();
    let mut swept = sim.state().swept.clone();
    swept.sort();
    assert_eq!(swept, [DRILL, DRILL, DRILL, &format!("{DRILL}-1")]);
    assert!(sim.state().mails.is_empty(), "{:?}", sim.state().mails);
}

#[tokio::test(start_paused = true)]
async fn what_has_not_expired_stays_and_is_told_once_with_its_command() {
    let sim = left(begins() + hours(24 * 30));
    sim.tick().await.unwrap();
    assert!(sim.state().swept.is_empty());
    let (subject, body) = sim.state().mails[0].clone();
    assert!(subject.contains("left behind"), "{subject}");
    for call in ["delete-db-instance ", "delete-db-cluster ", "delete-db-cluster-snapshot "] {
        assert!(body.contains(call), "{call}: {body}");
    }
    sim.tick().await.unwrap();
    assert_eq!(sim.state().mails.len(), 1, "the same list is told once");
    sim.pass(hours(24 * 8));
    sim.tick().await.unwrap();
    assert_eq!(sim.state().mails.len(), 2, "and again after a week");
}

#[tokio::test(start_paused = true)]
async fn a_run_under_way_has_no_leftovers() {
    let sim = left(begins() + hours(100));
    sim.state().put(&format!("runs/open/{DRILL}.json"), b"{}".to_vec());
    sim.tick().await.unwrap();
    assert!(sim.state().swept.is_empty() && sim.state().mails.is_empty(), "{:?}", sim.state().mails);
}

#[tokio::test(start_paused = true)]
async fn each_rule_alone_keeps_a_backup_of_a_copy() {
    let spoil: [fn(&Sim); 8] = [
        |sim| sim.state().at_home(DRILL).source = "prod-orders".to_owned(),
        |sim| drop(sim.state().at_home(DRILL).tags.remove(RUN)),
        |sim| drop(sim.state().at_home(DRILL).tags.insert(PURPOSE.to_owned(), "recovery".to_owned())),
        |sim| drop(sim.state().at_home(DRILL).tags.remove(EXPIRES_AT)),
        |sim| sim.state().at_home(DRILL).created_at = Some(begins() - hours(24 * 30)),
        |sim| drop(sim.state().at_home(DRILL).tags.insert(lifeboat::lifecycle::KEEP.to_owned(), String::new())),
        |sim| {
            let arn = sim.state().at_home(DRILL).arn.clone();
            sim.state().sharing.insert(arn, Sharing::With(vec!["111122223333".to_owned()]));
        },
        // Between the list and the last look
        |sim| {
            let pin = |state: &mut crate::world::State| {
                state.at_home(DRILL).tags.insert(lifeboat::lifecycle::KEEP.to_owned(), String::new());
            };
            sim.state().changes.push(("retained_of", Box::new(pin)));
        },
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let sim = left(begins() - hours(1));
        spoil(&sim);
        sim.tick().await.unwrap();
        assert_eq!(sim.state().count("delete_expired"), 0, "rule {number}");
    }
    let sim = left(begins() - hours(1));
    sim.state().retained[0].1.tags.clear();
    sim.tick().await.unwrap();
    assert_eq!(sim.state().count("delete_retained"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_somebody_keeps_meanwhile_is_not_removed_on_an_old_list() {
    let sim = left(begins() - hours(1));
    let prolong = |state: &mut crate::world::State| {
        let later = (state.now() + hours(100)).to_string();
        for one in &mut state.clusters {
            one.tags.entry(EXPIRES_AT.to_owned()).and_modify(|at| at.clone_from(&later));
        }
        for one in &mut state.instances {
            one.tags.entry(EXPIRES_AT.to_owned()).and_modify(|at| at.clone_from(&later));
        }
    };
    sim.state().changes.push(("write", Box::new(prolong)));
    sim.tick().await.unwrap();
    let state = sim.state();
    assert_eq!((state.count("delete_cluster"), state.count("delete_instance")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_aws_backup_left_behind_is_told_and_never_touched() {
    let sim = sim(2, &policy("", REAL));
    {
        let mut state = sim.state();
        let point = RecoveryPoint {
            arn: "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:awsbackup:job-1".to_owned(),
            vault: "prod".to_owned(),
            resource_arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
            resource_type: "Aurora".to_owned(),
            status: "EXPIRED".to_owned(),
            created_at: None,
            bytes: None,
            kms_key: None,
        };
        let facts =
            PointFacts { point, message: None, tier: None, delete_at: None, completed_at: None, copied_from: None };
        state.points.push(facts);
        let test = cluster("awsbackup-restore-test-1", begins() - hours(30));
        let young = cluster("awsbackup-restore-test-2", begins() - hours(30));
        let old = cluster("awsbackup-restore-test-3", begins() - hours(24 * 9));
        state.jobs.push(BackupJob {
            kind: JobKind::Restore,
            id: "1".to_owned(),
            state: "COMPLETED".to_owned(),
            message: None,
            resource_arn: String::new(),
            vault: None,
            plan: None,
            created_at: None,
            ended_at: None,
            is_test: true,
            made: Some(test.arn.clone()),
            deletion: Some(("FAILED".to_owned(), Some("deletion protection".to_owned()))),
        });
        state.clusters.extend([test, young, old]);
    }
    sim.tick().await.unwrap();
    let (_, body) = sim.state().mails[0].clone();
    assert!(body.contains("delete-recovery-point --backup-vault-name prod"), "{body}");
    assert!(body.contains("restore-test-1") && body.contains("restore-test-3"), "{body}");
    assert!(!body.contains("restore-test-2"), "{body}");
    assert_eq!(sim.state().count("delete_cluster"), 0);
}
