//! Calls, and what AWS authorises them on.
//!
//! AWS asks for a call's action on each of several resources, and one that is not allowed refuses the call (Service Authorization
//! Reference, "Resource types").

use crate::evaluator::{Facts, Outcome, Role};

/// A call with everything that AWS authorises it on
pub(crate) struct Call {
    action: &'static str,
    /// ARN and the tag `lifeboat:purpose` that it has
    on: Vec<(String, Option<&'static str>)>,
    facts: Facts,
}

pub(crate) fn call(action: &'static str) -> Call {
    Call { action, on: Vec::new(), facts: Facts::new() }
}

impl Call {
    /// Of RDS where it is no whole ARN
    pub(crate) fn on(self, resource: &str) -> Self {
        self.on_purpose(resource, None)
    }

    pub(crate) fn tagged(self, resource: &str, purpose: &'static str) -> Self {
        self.on_purpose(resource, Some(purpose))
    }

    fn on_purpose(mut self, resource: &str, purpose: Option<&'static str>) -> Self {
        let is_whole = resource.starts_with("arn:") || resource == "*";
        let arn = if is_whole { resource.to_owned() } else { format!("arn:aws:rds:{HOME}:{resource}") };
        self.on.push((arn, purpose));
        self
    }

    pub(crate) fn with(mut self, key: &str, values: &[&str]) -> Self {
        self.facts.insert(key.to_lowercase(), values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    /// Tags in the request
    pub(crate) fn tags(self, purpose: &str) -> Self {
        let keys = ["lifeboat:run", "lifeboat:purpose", "lifeboat:source"];
        self.with("aws:RequestTag/lifeboat:purpose", &[purpose]).with("aws:TagKeys", &keys)
    }

    pub(crate) fn outcome(&self, role: &Role) -> Outcome {
        assert!(!self.on.is_empty(), "{} of nothing", self.action);
        let each = self.on.iter().map(|(arn, purpose)| {
            let mut facts = self.facts.clone();
            let tag = purpose.map(|purpose| ("aws:resourcetag/lifeboat:purpose".to_owned(), vec![purpose.to_owned()]));
            facts.extend(tag);
            role.evaluate(self.action, arn, &facts)
        });
        let each: Vec<Outcome> = each.collect();
        let worst = [Outcome::Denied, Outcome::NotAllowed].into_iter().find(|outcome| each.contains(outcome));
        worst.unwrap_or(Outcome::Allowed)
    }
}

pub(crate) const HOME: &str = "ap-northeast-1:123456789012";
pub(crate) const RUN: &str = "recovery-orders-20261122180000";
pub(crate) const BUCKET: &str = "arn:aws:s3:::lifeboat-123456789012-ap-northeast-1";

pub(crate) fn cluster(name: &str) -> String {
    format!("cluster:{name}")
}

pub(crate) fn of(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{HOME}:{rest}")
}

pub(crate) fn object(key: &str) -> String {
    format!("{BUCKET}/{key}")
}

pub(crate) fn through_rds(action: &'static str) -> Call {
    let key = of("kms", "key/0a1b2c3d");
    let grant = call(action).on(&key).with("kms:GrantIsForAWSResource", &["true"]);
    grant.with("kms:ViaService", &["rds.ap-northeast-1.amazonaws.com"])
}

pub(crate) fn pass(role: &str, service: &'static str) -> Call {
    call("iam:PassRole").on(&format!("arn:aws:iam::123456789012:role/{role}")).with("iam:PassedToService", &[service])
}
