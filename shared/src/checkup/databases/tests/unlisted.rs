//! Names nobody knows.

use super::check;
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Engine, Instance, Kept};

#[test]
fn what_the_policy_does_not_name_is_told_once_each() {
    fn add(world: &mut World, identifier: &str, engine: &str) {
        list(&mut home(world).clusters).push(cluster(identifier, engine, "1"));
    }
    fn single<'a>(world: &'a mut World, identifier: &str) -> &'a mut Kept<Instance> {
        let instances = list(&mut home(world).instances);
        instances.push(instance(identifier, "mysql", "8.0.39"));
        instances.last_mut().unwrap()
    }
    check(
        &policy(),
        &[
            ("an Aurora cluster", "unlisted/aurora/x", "low", |w| add(w, "x", "aurora-mysql")),
            ("a DocumentDB cluster", "unlisted/documentdb/x", "low", |w| add(w, "x", "docdb")),
            ("Neptune", "unlisted/aurora/x", "-", |w| add(w, "x", "neptune")),
            ("an instance", "unlisted/rds/x", "low", |w| drop(single(w, "x").clone())),
            ("an instance of a protected cluster's name", "unlisted/rds/prod-orders", "low", |w| {
                drop(single(w, "prod-orders").clone());
            }),
            ("a member", "unlisted/rds/x", "-", |w| single(w, "x").facts.cluster = Some("prod-orders".into())),
            ("a replica", "unlisted/rds/x", "-", |w| single(w, "x").upkeep.replica_of = Some("prod-ledger".into())),
            ("a drill's copy", "unlisted/rds/x", "-", |w| {
                single(w, "x").facts.tags.insert("lifeboat:purpose".into(), "drill".into());
            }),
            ("named as a drill's copy, and no more", "unlisted/rds/drill-x", "low", |w| {
                drop(single(w, "drill-x").clone());
            }),
            ("a restore test's", "unlisted/rds/awsbackup-restore-test-1", "-", |w| {
                drop(single(w, "awsbackup-restore-test-1").clone());
            }),
            ("a restore test's, by its tag", "unlisted/rds/x", "-", |w| {
                single(w, "x").facts.tags.insert("awsbackup-restore-test".into(), String::new());
            }),
            ("another engine's instance", "unlisted/rds/x", "-", |w| {
                single(w, "x").facts.engine = Engine::from("sqlserver-se");
            }),
            ("going", "unlisted/rds/x", "-", |w| single(w, "x").facts.status = "deleting".into()),
            ("the list was not read", "unlisted/rds", "unjudged", |w| home(w).instances = None),
            ("the list was not read", "unlisted/documentdb", "unjudged", |w| home(w).clusters = None),
            ("an engine that is not said", "unlisted/aurora", "unjudged", |w| add(w, "x", "")),
        ],
    );
}
