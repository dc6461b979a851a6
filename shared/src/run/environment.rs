//! The variables of the environment, read once; everything missing or wrong is told at once, by name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::RunError;

/// Bucket of the policy, records and reports; always needed
pub const BUCKET: &str = "LIFEBOAT_BUCKET";
/// SNS topic of the mails
pub const TOPIC_ARN: &str = "LIFEBOAT_TOPIC_ARN";
/// Name of the data-check function
pub const DATA_CHECK: &str = "LIFEBOAT_DATA_CHECK";
const BUCKET_REGION: &str = "LIFEBOAT_BUCKET_REGION";
const POLICY: &str = "LIFEBOAT_POLICY";
const NAMESPACE: &str = "LIFEBOAT_NAMESPACE";
const CUT_OVER: &str = "LIFEBOAT_CUT_OVER";
const DB_ENDPOINTS: &str = "LIFEBOAT_DB_ENDPOINTS";

/// Where the policy is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// A key in the bucket
    Key(String),
    /// A local file (`file:/path/policy.json`)
    File(PathBuf),
}

/// Settings of a process. A variable that the function did not ask for and nobody set is the empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `LIFEBOAT_BUCKET`
    pub bucket: String,
    /// `LIFEBOAT_BUCKET_REGION`: where the bucket is, for a function that runs in another region; its own when left out.
    /// S3 answers nobody for a bucket of another region.
    pub bucket_region: Option<String>,
    /// `LIFEBOAT_TOPIC_ARN`
    pub topic_arn: String,
    /// `LIFEBOAT_POLICY`, by default the key `policy.json`
    pub policy: PolicySource,
    /// `LIFEBOAT_NAMESPACE`, by default `Lifeboat`
    pub namespace: String,
    /// `LIFEBOAT_DATA_CHECK`
    pub data_check: String,
    /// `LIFEBOAT_CUT_OVER`: `false` for a function whose role may not change what is in production, and that therefore leaves
    /// cut-overs to those who may. `true` when left out.
    pub cut_over: bool,
    /// `LIFEBOAT_DB_ENDPOINTS`: an endpoint's host to the `host:port` that stands for it, for local use only
    pub db_endpoints: BTreeMap<String, String>,
}

impl Environment {
    /// Reads the process's environment. `needed` are the variables a function cannot do without, [`BUCKET`] apart.
    pub fn read(needed: &[&'static str]) -> Result<Self, RunError> {
        Self::from_lookup(needed, |name| std::env::var(name).ok())
    }

    /// The same from any source of variables.
    pub fn from_lookup(needed: &[&'static str], lookup: impl Fn(&str) -> Option<String>) -> Result<Self, RunError> {
        let set = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut wrong = Vec::new();
        for name in std::iter::once(&BUCKET).chain(needed) {
            if set(name).is_none() {
                wrong.push(format!("{name} is not set"));
            }
        }
        let db_endpoints = set(DB_ENDPOINTS).map(|text| endpoints(&text)).transpose();
        let environment = Self {
            bucket: set(BUCKET).unwrap_or_default(),
            bucket_region: set(BUCKET_REGION),
            topic_arn: set(TOPIC_ARN).unwrap_or_default(),
            policy: policy_source(&set(POLICY).unwrap_or_else(|| "policy.json".to_owned())),
            namespace: set(NAMESPACE).unwrap_or_else(|| "Lifeboat".to_owned()),
            data_check: set(DATA_CHECK).unwrap_or_default(),
            cut_over: match set(CUT_OVER).as_deref() {
                None | Some("true") => true,
                Some("false") => false,
                Some(other) => {
                    wrong.push(format!("{CUT_OVER} is {other:?}; true or false is wanted"));
                    false
                }
            },
            db_endpoints: db_endpoints
                .unwrap_or_else(|why| {
                    wrong.push(why);
                    None
                })
                .unwrap_or_default(),
        };
        wrong.extend(environment.mistakes());
        if wrong.is_empty() {
            return Ok(environment);
        }
        Err(RunError {
            kind: "Configuration",
            message: format!("the environment is not complete:\n- {}", wrong.join("\n- ")),
        })
    }

    /// Values that are set and cannot be right
    fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.bucket.contains(['/', ':']) {
            wrong.push(format!(
                "{BUCKET} is {:?}; a bucket's plain name is wanted, without s3:// and without a key",
                self.bucket
            ));
        }
        let is_region = |name: &str| {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            name.contains('-') && name.chars().all(fine)
        };
        if let Some(region) = self.bucket_region.as_deref().filter(|region| !is_region(region)) {
            wrong.push(format!("{BUCKET_REGION} is {region:?}; a region's name such as eu-west-1 is wanted"));
        }
        let is_topic = self.topic_arn.starts_with("arn:") && self.topic_arn.contains(":sns:");
        if !self.topic_arn.is_empty() && !is_topic {
            wrong.push(format!("{TOPIC_ARN} is {:?}; the ARN of an SNS topic is wanted", self.topic_arn));
        }
        if self.namespace.starts_with("AWS/") || self.namespace.starts_with(':') {
            wrong.push(format!(
                "{NAMESPACE} is {:?}; names that begin with AWS/ or a colon are AWS's own",
                self.namespace
            ));
        }
        if self.policy == PolicySource::File(PathBuf::new()) {
            wrong.push(format!("{POLICY} is \"file:\"; the path after it is missing"));
        }
        wrong
    }

    /// Where to connect for a database's endpoint: itself, or what stands for it locally.
    pub fn dial(&self, host: &str, port: u16) -> (String, u16) {
        let local = self.db_endpoints.get(host).and_then(|local| host_and_port(local));
        local.unwrap_or_else(|| (host.to_owned(), port))
    }
}

fn policy_source(text: &str) -> PolicySource {
    match text.strip_prefix("file:") {
        Some(path) => PolicySource::File(PathBuf::from(path)),
        None => PolicySource::Key(text.to_owned()),
    }
}

fn endpoints(text: &str) -> Result<BTreeMap<String, String>, String> {
    let wanted = "a JSON map from a host to host:port is wanted";
    let map: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|error| format!("{DB_ENDPOINTS} cannot be read ({error}); {wanted}"))?;
    match map.iter().find(|(_, local)| host_and_port(local).is_none()) {
        Some((host, local)) => Err(format!("{DB_ENDPOINTS} has {local:?} for {host}; {wanted}")),
        None => Ok(map),
    }
}

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(needed: &[&'static str], variables: &[(&str, &str)]) -> Result<Environment, RunError> {
        Environment::from_lookup(needed, |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let environment = read(&[], &[(BUCKET, "lifeboat-1")]).unwrap();
        assert_eq!(environment.policy, PolicySource::Key("policy.json".to_owned()));
        assert_eq!(environment.namespace, "Lifeboat");
        assert_eq!(environment.bucket_region, None);
        assert!(environment.cut_over && !read(&[], &[(BUCKET, "b"), (CUT_OVER, "false")]).unwrap().cut_over);
        assert_eq!(environment.dial("db.example", 5432), ("db.example".to_owned(), 5432));
    }

    #[test]
    fn everything_missing_or_wrong_is_told_at_once_by_name() {
        let variables = [
            (BUCKET_REGION, "Ireland"),
            (TOPIC_ARN, "mails"),
            (POLICY, "file:"),
            (NAMESPACE, "AWS/RDS"),
            (CUT_OVER, "perhaps"),
            (DB_ENDPOINTS, r#"{"db.example": "5432"}"#),
        ];
        let error = read(&[TOPIC_ARN, DATA_CHECK], &variables).unwrap_err();
        assert_eq!(error.kind, "Configuration");
        assert!(error.message.contains("LIFEBOAT_BUCKET is not set"), "{}", error.message);
        for name in [BUCKET_REGION, TOPIC_ARN, DATA_CHECK, POLICY, NAMESPACE, CUT_OVER, DB_ENDPOINTS] {
            assert_eq!(error.message.matches(name).count(), 1, "{name} in {}", error.message);
        }
    }

    #[test]
    fn a_function_does_not_ask_for_what_it_does_not_need() {
        assert_eq!(read(&[], &[(BUCKET, "b")]).unwrap().topic_arn, "");
        assert!(read(&[TOPIC_ARN], &[(BUCKET, "b"), (TOPIC_ARN, "  ")]).is_err());
    }

    #[test]
    fn a_policy_may_be_a_file_and_an_endpoint_may_be_local() {
        let variables = [
            (BUCKET, "b"),
            (POLICY, "file:/etc/lifeboat/policy.json"),
            (DB_ENDPOINTS, r#"{"copy.cluster.example": "127.0.0.1:15432"}"#),
        ];
        let environment = read(&[], &variables).unwrap();
        assert_eq!(environment.policy, PolicySource::File("/etc/lifeboat/policy.json".into()));
        assert_eq!(environment.dial("copy.cluster.example", 5432), ("127.0.0.1".to_owned(), 15432));
    }
}
