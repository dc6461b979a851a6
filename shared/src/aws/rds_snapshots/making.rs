//! Taking, copying and exporting. Nothing here changes what a snapshot is taken of.

use aws_sdk_rds::types::Tag;

use crate::aws::pacer::paced;
use crate::aws::rds::Rds;
use crate::database::Tags;
use crate::fault::Fault;
use crate::lifecycle::{CopySnapshot, CreateSnapshot, StartExport};
use crate::ports::MakeSnapshots;

impl MakeSnapshots for Rds {
    /// Needs `rds:CreateDBClusterSnapshot` or `rds:CreateDBSnapshot`, and `rds:AddTagsToResource`.
    async fn create(&self, act: &CreateSnapshot) -> Result<(), Fault> {
        let (identifier, tags) = (act.identifier.as_str(), tags(&act.tags));
        if act.clustered {
            let call = self.0.create_db_cluster_snapshot().db_cluster_snapshot_identifier(identifier);
            let call = call.db_cluster_identifier(&act.source).set_tags(Some(tags));
            return paced!(self, act, "rds:CreateDBClusterSnapshot", identifier, call).map(drop);
        }
        let call = self.0.create_db_snapshot().db_snapshot_identifier(identifier);
        let call = call.db_instance_identifier(&act.source).set_tags(Some(tags));
        paced!(self, act, "rds:CreateDBSnapshot", identifier, call).map(drop)
    }

    /// Needs `rds:CopyDBClusterSnapshot` or `rds:CopyDBSnapshot` on the snapshot and on its copy, `rds:AddTagsToResource`,
    /// `rds:CrossRegionCommunication`, and for an encrypted one `kms:CreateGrant` and `kms:DescribeKey` on both keys.
    ///
    /// The tags are ours and said aloud: those of the source are not copied by AWS. AWS's limit of copies in flight has the code
    /// of the quota of snapshots, `SnapshotQuotaExceeded`; only the message tells the two apart.
    ///
    /// No `PreSignedUrl` is sent. AWS ignores it outside of `GovCloud` (RDS API, `CopyDBClusterSnapshot`). The API of DocumentDB,
    /// which is the same endpoint, still asks for it in its words; whether an encrypted snapshot of DocumentDB is copied without
    /// is not verified. If it is not, AWS refuses the call and says so, and nothing is made.
    async fn copy(&self, act: &CopySnapshot) -> Result<(), Fault> {
        let (target, tags) = (act.target.as_str(), tags(&act.tags));
        if act.clustered {
            let operation = "rds:CopyDBClusterSnapshot";
            self.in_this_region(operation, target, &act.region)?;
            let call = self.0.copy_db_cluster_snapshot().source_db_cluster_snapshot_identifier(&act.source_arn);
            let call = call.target_db_cluster_snapshot_identifier(target).set_kms_key_id(act.kms_key.clone());
            let call = call.copy_tags(false).set_tags(Some(tags));
            return paced!(self, act, operation, target, call).map(drop);
        }
        let operation = "rds:CopyDBSnapshot";
        self.in_this_region(operation, target, &act.region)?;
        let call = self.0.copy_db_snapshot().source_db_snapshot_identifier(&act.source_arn);
        let call = call.target_db_snapshot_identifier(target).set_kms_key_id(act.kms_key.clone());
        let call = call.set_option_group_name(act.option_group.clone()).copy_tags(false).set_tags(Some(tags));
        paced!(self, act, operation, target, call).map(drop)
    }

    /// Needs `rds:StartExportTask`, `iam:PassRole` on the role that RDS writes with, and `kms:CreateGrant` and `kms:DescribeKey`
    /// on the key.
    async fn export(&self, act: &StartExport) -> Result<(), Fault> {
        let call = self.0.start_export_task().export_task_identifier(&act.task).source_arn(&act.source_arn);
        let call = call.s3_bucket_name(&act.bucket).set_s3_prefix(act.prefix.clone());
        let call = call.kms_key_id(&act.kms_key).iam_role_arn(&act.role);
        paced!(self, act, "rds:StartExportTask", &act.task, call).map(drop)
    }
}

fn tags(ours: &Tags) -> Vec<Tag> {
    ours.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
