//! Who stands behind the copies of DocumentDB. The local AWS restores no documents, only clusters: what would be in one is put
//! into a double, and the double takes the place of the copy's server. Logins, TLS and every command are real wire traffic.

use std::path::Path;

use serde_json::Value;

use super::Story;
use super::seeing::is_like;
use crate::mongo_double::{Data, Double};
use crate::stack::{Cloud, stack};

impl Story {
    /// A server with this data answers for the copies of that name (a glob), those to come too. Its certificate is of the
    /// stack's authority, as those of RDS are all of one; its master's password is the one that RDS manages.
    #[must_use]
    pub fn stands_behind(&self, copies: &str, data: Data) -> Double {
        let certificates = Path::new(stack().fact("ca_file")).parent().unwrap();
        let double = Double::start_with(data, certificates);
        stack().put_endpoint("cluster", copies, "localhost", Some(double.port()));
        let (cloud, copies) = (self.cloud.clone(), copies.to_owned());
        double.asks_for_passwords(move |user| managed_password(&cloud, &copies, user));
        double
    }

    /// The copies' endpoint is a port of this machine where nobody listens: it says so at once
    pub fn nobody_stands_behind(&self, copies: &str) {
        stack().put_endpoint("cluster", copies, "localhost", None);
    }
}

/// The password that RDS has given to a copy's master. A server has it from the moment on when its secret is active.
fn managed_password(cloud: &Cloud, copies: &str, user: &str) -> Option<String> {
    let all = stack().existing(&cloud.region);
    let copy = all.iter().find(|thing| thing.kind == "cluster" && is_like(&thing.identifier, copies))?;
    let shown = cloud.rds("DescribeDBClusters", &[("DBClusterIdentifier", &copy.identifier)]).ok();
    let arn = shown.tag("SecretArn").filter(|_| shown.tag("SecretStatus") == Some("active"))?;
    let secret = cloud.secret(arn);
    let part = |name: &str| secret.get(name).and_then(Value::as_str);
    part("password").filter(|_| part("username") == Some(user)).map(str::to_owned)
}
