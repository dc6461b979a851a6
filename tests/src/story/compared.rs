//! Whether a copy is what its source is: held against each other in AWS's own words, past the product.

use super::Story;

/// Elements of a description that are each database's own, or tell of a moment
const ITS_OWN: [&str; 23] = [
    "Address",
    "ClusterCreateTime",
    "DBClusterArn",
    "DBClusterIdentifier",
    "DBInstanceArn",
    "DBInstanceIdentifier",
    "DbClusterResourceId",
    "DbiResourceId",
    "EarliestRestorableTime",
    "Endpoint",
    "InstanceCreateTime",
    "LatestRestorableTime",
    "ReaderEndpoint",
    "RequestId",
    "SecretArn",
    "SecretStatus",
    "Status",
    "DBInstanceStatus",
    "EarliestBacktrackTime",
    "HostedZoneId",
    "Port",
    "ValidTill",
    "IsClusterWriter",
];

impl Story {
    /// What is to be found in a description of a cluster or an instance, in its order
    pub fn listed(&self, kind: &str, identifier: &str, tag: &str) -> Vec<String> {
        let shown = self.described(kind, identifier).ok();
        crate::stack::tags(&shown.text, tag).into_iter().map(str::to_owned).collect()
    }

    /// Whatever AWS says of one is said of the other, but for what has to differ; ours may have more tags. It is looked at past
    /// the product: element by element of AWS's answer.
    #[track_caller]
    pub fn is_the_same(&self, kind: &str, source: &str, copy: &str) {
        self.is_the_same_but(kind, source, copy, &[]);
    }

    /// The same, without these elements
    #[track_caller]
    pub fn is_the_same_but(&self, kind: &str, source: &str, copy: &str, but: &[&str]) {
        let leaves = |name: &str| leaves(&self.described(kind, name).ok().text);
        let (wanted, found) = (leaves(source), leaves(copy));
        let is_meant = |leaf: &&String| !but.contains(&leaf.split('=').next().unwrap_or_default());
        let lost: Vec<&String> = wanted.iter().filter(|leaf| !found.contains(leaf)).filter(is_meant).collect();
        assert!(lost.is_empty(), "{copy} is not as {source}: {lost:#?}\n{found:#?}");
    }
}

/// The innermost elements of an answer, `name=text`, without those that are each database's own
fn leaves(xml: &str) -> Vec<String> {
    let mut parts = xml.split('<').peekable();
    let mut leaves = Vec::new();
    while let Some(part) = parts.next() {
        let Some((name, text)) = part.split_once('>') else { continue };
        let is_closed =
            parts.peek().is_some_and(|next| next.strip_prefix('/').is_some_and(|end| end.starts_with(name)));
        if is_closed && !text.is_empty() && !ITS_OWN.contains(&name) {
            leaves.push(format!("{name}={text}"));
        }
    }
    leaves
}
