//! The IAM actions that the code lists next to its calls.

use std::collections::BTreeSet;

use lifeboat::aws::{
    backup, backup_read, backup_validate, cloudwatch, cloudwatch_read, glue, invoke, kms, rds_cut_over, rds_destroy,
    rds_inventory, rds_make, rds_quotas, rds_read, rds_recover, rds_remedy, rds_snapshots, rds_snapshots_destroy, s3,
    secrets, sns,
};

use crate::terraform::read;

/// The adapters behind the features of `lifeboat`; a feature that calls no AWS service has none.
pub(crate) fn adapter(feature: &str) -> &'static [&'static str] {
    match feature {
        "rds-read" => rds_read::ACTIONS,
        "rds-make" => rds_make::ACTIONS,
        "rds-destroy" => rds_destroy::ACTIONS,
        "rds-snapshots" => rds_snapshots::ACTIONS,
        "rds-snapshots-destroy" => rds_snapshots_destroy::ACTIONS,
        "rds-inventory" => rds_inventory::ACTIONS,
        "rds-quotas" => rds_quotas::ACTIONS,
        "rds-remedy" => rds_remedy::ACTIONS,
        "rds-recover" => rds_recover::ACTIONS,
        "rds-cut-over" => rds_cut_over::ACTIONS,
        "cloudwatch-read" => cloudwatch_read::ACTIONS,
        "kms" => kms::ACTIONS,
        "backup-read" => backup_read::ACTIONS,
        "glue" => glue::ACTIONS,
        "s3" => s3::ACTIONS,
        "sns" => sns::ACTIONS,
        "cloudwatch" => cloudwatch::ACTIONS,
        "invoke" => invoke::ACTIONS,
        "backup" => backup::ACTIONS,
        "backup-validate" => backup_validate::ACTIONS,
        "secrets" => secrets::ACTIONS,
        "run" | "aws" | "sso" | "postgres" | "mysql" | "mongo" => &[],
        other => panic!("the feature {other} has to be named here, with the actions of its adapter"),
    }
}

/// The features that a function asks of `lifeboat`, from its manifest
pub(crate) fn features(function: &str) -> Vec<String> {
    let manifest = read(&format!("functions/{function}/Cargo.toml"));
    let dependency = manifest.split("\nlifeboat = {").nth(1).expect("a dependency on lifeboat");
    let list = dependency.split("features = [").nth(1).and_then(|rest| rest.split(']').next()).expect("its features");
    let names = list.split(',').map(|name| name.trim().trim_matches('"').to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

pub(crate) fn adapters(function: &str) -> BTreeSet<String> {
    features(function).iter().flat_map(|feature| adapter(feature)).map(|action| (*action).to_owned()).collect()
}
