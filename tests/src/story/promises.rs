//! What must hold however a drill went.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{A_STEP, Story, until};
use crate::stack::stack;

impl Story {
    /// Nothing of a drill is left: no cluster, no instance, no snapshot, no server
    #[track_caller]
    pub fn nothing_is_left(&self) {
        assert_eq!(self.copies(), vec![], "left behind");
        for cloud in self.regions() {
            let shown =
                cloud.rds("DescribeDBClusters", &[]).ok().text + &cloud.rds("DescribeDBInstances", &[]).ok().text;
            assert!(!shown.contains("Identifier>drill-"), "RDS still shows a copy: {shown}");
            let backups = cloud.rds("DescribeDBClusterAutomatedBackups", &[]).ok().text
                + &cloud.rds("DescribeDBInstanceAutomatedBackups", &[]).ok().text;
            assert!(!backups.contains("Identifier>drill-"), "backups of a copy are kept: {backups}");
        }
        let servers = self.servers.lock().unwrap().clone();
        until("the copies' PostgreSQL is gone", A_STEP, || {
            (!servers.iter().any(|process| runs(*process))).then_some(())
        });
    }

    /// How many servers of copies the story has seen running
    pub fn servers_seen(&self) -> usize {
        self.servers.lock().unwrap().len()
    }

    /// The source is there and unharmed, and nobody asked to change it
    #[track_caller]
    pub fn source_is_untouched(&self) {
        let source = self.source();
        let all = stack().existing(&self.cloud.region);
        let of_source: Vec<_> = all.iter().filter(|thing| thing.identifier.starts_with(&source)).collect();
        assert_eq!(of_source.iter().any(|thing| thing.kind == "cluster" || thing.kind == "instance"), !self.is_gone);
        assert!(of_source.iter().all(|thing| thing.status == "available"), "{of_source:?}");
        for call in self.changes() {
            let target = ["DBClusterIdentifier", "DBInstanceIdentifier", "TargetDBInstanceIdentifier"];
            let touched = target.iter().any(|name| call.parameter(name).starts_with(&source));
            assert!(!touched, "{call:?} touches the source");
        }
    }

    /// What holds for every drill that has ended
    #[track_caller]
    pub fn promises_are_kept(&self) {
        self.nothing_is_left();
        self.source_is_untouched();
        assert_eq!(self.open_records(), Vec::<Value>::new(), "open records");
        let mails = self.mails();
        for record in self.closed_records() {
            let run = record.get("run").and_then(Value::as_str).unwrap();
            assert!(record.pointer("/verdict/word").is_some(), "{run} has no verdict");
            assert!(mails.iter().any(|(_, text)| text.contains(run)), "no mail about {run}: {mails:#?}");
            let page = self
                .cloud
                .get(&self.bucket(), &format!("reports/{run}.html"))
                .unwrap_or_else(|| panic!("no page of {run}"));
            assert!(page.contains(run), "the page of {run} does not name it");
            let index =
                self.cloud.get(&self.bucket(), "reports/index.html").unwrap_or_else(|| panic!("no page of all drills"));
            assert!(index.contains(run), "the page of all drills does not name {run}");
        }
        self.mails_fit();
    }

    /// Every mail so far is as wide as a mail may be
    #[track_caller]
    pub fn mails_fit(&self) {
        let words = |(subject, text): &(String, String)| {
            let fits = subject.is_ascii() && subject.len() < 100 && text.lines().all(|line| line.chars().count() < 78);
            assert!(fits, "a mail that does not fit: {subject}\n{text}");
        };
        self.mails().iter().for_each(words);
    }
}

fn runs(process: u64) -> bool {
    let status = PathBuf::from(format!("/proc/{process}/stat"));
    fs::read_to_string(status).is_ok_and(|text| !text.contains(") Z "))
}
