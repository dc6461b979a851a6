//! Where and how temporary copies live, how `data-check` gets into them, and for how long they may.

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;
use crate::database::{Capacity, Kind};
use crate::restore;

/// Minutes until a run must have its verdict, where the policy does not say
pub const DEADLINE_MINUTES: i64 = 120;

/// Hours after which the sweeper may remove a copy, where the policy does not say
pub const EXPIRES_HOURS: i64 = 24;

/// Largest Serverless v2 capacity, in capacity units (Aurora user guide, "Capacity of Aurora Serverless v2")
const LARGEST_ACU: f64 = 256.0;

/// Serverless v2 capacity comes in steps of this many units
const ACU_STEP: f64 = 0.5;

/// The sandbox of a database, or what a drill changes about it. What is `None` was left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sandbox {
    /// DB subnet group; AWS's default one when left out
    pub subnet_group: Option<String>,
    /// VPC security groups; the VPC's default one when left out
    pub security_groups: Option<Vec<String>>,
    /// Cluster or instance parameter group; the engine's default when left out
    pub parameter_group: Option<String>,
    /// Class of the copy's instance; the smallest that fits when left out
    pub instance_class: Option<String>,
    /// Serverless v2 range, `[smallest, largest]` in capacity units, 0 to 256 in steps of 0.5
    pub acu: Option<Capacity>,
    /// ARN of the role that AWS Backup restores with; the one it makes for itself when left out
    pub restore_role: Option<String>,
    /// How to get in
    pub login: Option<Login>,
    /// Minutes until a run must have its verdict, 10 to 1440; [`DEADLINE_MINUTES`] when left out
    pub deadline_minutes: Option<i64>,
    /// Hours after which the sweeper may remove a copy, 1 to 168; [`EXPIRES_HOURS`] when left out
    pub expires_hours: Option<i64>,
}

/// How `data-check` gets into a copy
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The way in
    pub method: Method,
    /// The database to connect to
    pub database: String,
}

/// The way in
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// The master user, with the secret that RDS manages for the copy
    ManagedSecret,
    /// An IAM token for a database user that exists in the backup
    Iam {
        /// The database user
        user: String,
    },
}

impl Sandbox {
    /// This sandbox with everything that `other` names taken from there
    #[must_use]
    pub fn changed_by(&self, other: &Self) -> Self {
        Self {
            subnet_group: other.subnet_group.clone().or_else(|| self.subnet_group.clone()),
            security_groups: other.security_groups.clone().or_else(|| self.security_groups.clone()),
            parameter_group: other.parameter_group.clone().or_else(|| self.parameter_group.clone()),
            instance_class: other.instance_class.clone().or_else(|| self.instance_class.clone()),
            acu: other.acu.or(self.acu),
            restore_role: other.restore_role.clone().or_else(|| self.restore_role.clone()),
            login: other.login.clone().or_else(|| self.login.clone()),
            deadline_minutes: other.deadline_minutes.or(self.deadline_minutes),
            expires_hours: other.expires_hours.or(self.expires_hours),
        }
    }

    /// Minutes until a run must have its verdict
    pub fn deadline_minutes(&self) -> i64 {
        self.deadline_minutes.unwrap_or(DEADLINE_MINUTES)
    }

    /// Hours after which the sweeper may remove a copy
    pub fn expires_hours(&self) -> i64 {
        self.expires_hours.unwrap_or(EXPIRES_HOURS)
    }

    /// The part that a run's plan keeps for the restore
    pub fn for_restore(&self) -> restore::Sandbox {
        restore::Sandbox {
            subnet_group: self.subnet_group.clone(),
            security_groups: self.security_groups.clone().unwrap_or_default(),
            parameter_group: self.parameter_group.clone(),
            instance_class: self.instance_class.clone(),
            capacity: self.acu,
            restore_role: self.restore_role.clone(),
        }
    }

    /// Why a copy in this sandbox could be swept while its run is under way
    pub(super) fn too_short(&self) -> Option<Wrong> {
        let deadline = self.deadline_minutes();
        let fits = self.expires_hours() * 60 >= deadline;
        (!fits).then(|| Wrong::allowed(format!("hours that hold the deadline of {deadline} minutes")))
    }
}

/// Reads a sandbox, of a database or of a drill
pub(super) fn read(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Sandbox {
    Sandbox {
        subnet_group: group(fields, "subnet_group", "a DB subnet group's name"),
        security_groups: fields.list("security_groups", "security group ids", words::security_group),
        parameter_group: group(fields, "parameter_group", "a parameter group's name"),
        instance_class: instance_class(fields, kind),
        acu: acu(fields, kind),
        restore_role: fields.text("restore_role", words::ROLE, words::role),
        login: fields.object("login", login),
        deadline_minutes: fields.whole("deadline_minutes", 10..=1440),
        expires_hours: fields.whole("expires_hours", 1..=168),
    }
}

fn group(fields: &mut Fields<'_, '_>, key: &'static str, what: &str) -> Option<String> {
    fields.text(key, what, |text| words::line(text, what, 255))
}

fn instance_class(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<String> {
    let serverless = kind != Some(Kind::Rds);
    let allowed = if serverless {
        "a class, such as \"db.t4g.medium\" or \"db.serverless\""
    } else {
        "a class, such as \"db.t4g.micro\""
    };
    fields.text("instance_class", allowed, |text| {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        let ok =
            text.strip_prefix("db.").is_some_and(|rest| !rest.is_empty() && rest.len() <= 60 && rest.chars().all(fine));
        let guess =
            Some(format!("db.{}", text.to_ascii_lowercase().trim_start_matches("db."))).filter(|_| !text.is_empty());
        if ok && (serverless || text != "db.serverless") {
            return Ok(text.to_owned());
        }
        Err(Wrong { allowed: allowed.to_owned(), nearest: guess.filter(|guess| guess != text) })
    })
}

fn acu(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<Capacity> {
    let allowed = "two numbers [smallest, largest], 0 to 256 in steps of 0.5, the first not above the second, the second at least 1";
    fields.by("acu", |value| {
        if kind == Some(Kind::Rds) {
            return Err(Wrong::allowed("nothing: an RDS instance has no Serverless v2 capacity"));
        }
        let [min, max] = value.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(Wrong::allowed(allowed));
        };
        let (Some(min), Some(max)) = (min.as_f64(), max.as_f64()) else { return Err(Wrong::allowed(allowed)) };
        let stepped = |number: f64| (number / ACU_STEP).fract() == 0.0;
        let ok = min >= 0.0 && min <= max && (1.0..=LARGEST_ACU).contains(&max) && stepped(min) && stepped(max);
        if ok {
            Ok(Capacity { min, max })
        } else {
            Err(Wrong { allowed: allowed.to_owned(), nearest: Some(nearest_range(min, max)) })
        }
    })
}

/// `[0.3, 300]` becomes `[0.5, 256]`
fn nearest_range(min: f64, max: f64) -> String {
    let step = |number: f64| ((number / ACU_STEP).round() * ACU_STEP).clamp(0.0, LARGEST_ACU);
    let (low, high) = if min <= max { (step(min), step(max)) } else { (step(max), step(min)) };
    format!("[{low}, {}]", high.max(1.0))
}

fn login(fields: &mut Fields<'_, '_>) -> Option<Login> {
    let method = fields.word("method", &["managed_secret", "iam"]);
    let method = fields.need("method", "one of managed_secret, iam", method);
    let name = |what: &'static str| move |text: &str| words::line(text, what, 128);
    let user = fields.text("user", "a database user", name("a database user"));
    let database = fields.text("database", "the database to connect to", name("the database to connect to"));
    let database = fields.need("database", "the database to connect to", database);
    if method? == "iam" {
        let user = fields.need("user", "the database user that logs in with IAM", user)?;
        return Some(Login { method: Method::Iam { user }, database: database? });
    }
    if let Some(user) = user {
        let allowed = "nothing: managed_secret logs in as the master user; iam takes a user";
        fields.wrong("user", format!("is {user:?}"), Wrong::allowed(allowed));
    }
    Some(Login { method: Method::ManagedSecret, database: database? })
}
