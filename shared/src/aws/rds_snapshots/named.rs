//! Names of snapshots: what an ARN says, and what an identifier does.

/// What an ARN says of a snapshot: `arn:aws:rds:<region>:<account>:<type>:<identifier>`, the last of which may carry colons
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) struct Named<'a> {
    pub(in crate::aws) region: &'a str,
    pub(in crate::aws) clustered: bool,
    pub(in crate::aws) identifier: &'a str,
}

impl<'a> Named<'a> {
    /// None where it is not the ARN of a snapshot
    pub(in crate::aws) fn of(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let [scheme, _, service, region, _, what, identifier] = parts.as_slice() else {
            return None;
        };
        let clustered = match *what {
            "cluster-snapshot" => true,
            "snapshot" => false,
            _ => return None,
        };
        let is_one = *scheme == "arn" && *service == "rds" && !identifier.is_empty();
        is_one.then_some(Self { region, clustered, identifier })
    }
}

/// The type that has to be said for a snapshot which nobody made by hand, as its name tells. The API has no word for AWS
/// Backup's of clusters, and they are found without.
pub(super) fn type_of(identifier: &str) -> Option<String> {
    identifier.starts_with("rds:").then(|| "automated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(what: &str, name: &str) -> String {
        format!("arn:aws:rds:eu-west-1:123456789012:{what}:{name}")
    }

    #[test]
    fn what_an_arn_names() {
        let of_cluster = arn("cluster-snapshot", "awsbackup:job-1");
        let named = Named { region: "eu-west-1", clustered: true, identifier: "awsbackup:job-1" };
        assert_eq!(Named::of(&of_cluster), Some(named));
        let of_instance = arn("snapshot", "manual-1");
        let named = Named { region: "eu-west-1", clustered: false, identifier: "manual-1" };
        assert_eq!(Named::of(&of_instance), Some(named));
        for other in ["manual-1", "rds:manual-1", &arn("cluster", "orders"), &arn("snapshot", ""), "", "arn:aws:rds"] {
            assert_eq!(Named::of(other), None, "{other}");
        }
    }
}
