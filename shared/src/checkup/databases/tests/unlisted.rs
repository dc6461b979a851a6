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
            ("an Aurora cluster", |w| add(w, "x", "aurora-mysql"), "unlisted/aurora/x", "low"),
            ("a DocumentDB cluster", |w| add(w, "x", "docdb"), "unlisted/documentdb/x", "low"),
            ("Neptune", |w| add(w, "x", "neptune"), "unlisted/aurora/x", "-"),
            ("an instance", |w| drop(single(w, "x").clone()), "unlisted/rds/x", "low"),
            (
                "an instance of a protected cluster's name",
                |w| drop(single(w, "prod-orders").clone()),
                "unlisted/rds/prod-orders",
                "low",
            ),
            ("a member", |w| single(w, "x").facts.cluster = Some("prod-orders".into()), "unlisted/rds/x", "-"),
            ("a replica", |w| single(w, "x").upkeep.replica_of = Some("prod-ledger".into()), "unlisted/rds/x", "-"),
            (
                "a drill's copy",
                |w| {
                    single(w, "x").facts.tags.insert("lifeboat:purpose".into(), "drill".into());
                },
                "unlisted/rds/x",
                "-",
            ),
            (
                "named as a drill's copy, and no more",
                |w| drop(single(w, "drill-x").clone()),
                "unlisted/rds/drill-x",
                "low",
            ),
            (
                "a restore test's",
                |w| drop(single(w, "awsbackup-restore-test-1").clone()),
                "unlisted/rds/awsbackup-restore-test-1",
                "-",
            ),
            (
                "a restore test's, by its tag",
                |w| {
                    single(w, "x").facts.tags.insert("awsbackup-restore-test".into(), String::new());
                },
                "unlisted/rds/x",
                "-",
            ),
            (
                "another engine's instance",
                |w| single(w, "x").facts.engine = Engine::from("sqlserver-se"),
                "unlisted/rds/x",
                "-",
            ),
            ("going", |w| single(w, "x").facts.status = "deleting".into(), "unlisted/rds/x", "-"),
            ("the list was not read", |w| home(w).instances = None, "unlisted/rds", "unjudged"),
            ("the list was not read", |w| home(w).clusters = None, "unlisted/documentdb", "unjudged"),
            ("an engine that is not said", |w| add(w, "x", ""), "unlisted/aurora", "unjudged"),
        ],
    );
}
