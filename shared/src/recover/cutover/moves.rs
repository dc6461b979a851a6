//! The moves of a cut-over, and how each one is seen to be made.

use serde::{Deserialize, Serialize};

use super::Seen;

/// One change, with an exact opposite
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// A cluster or instance gets another identifier
    Rename {
        /// What it is, by the id that survives a rename
        server: Server,
        /// Identifier before
        from: String,
        /// Identifier after
        to: String,
    },
    /// A proxy's target group gets another target
    Retarget {
        /// Name of the proxy
        proxy: String,
        /// Name of its target group
        group: String,
        /// What it points at before
        from: Target,
        /// What it points at after
        to: Target,
    },
}

/// A cluster or an instance that is moved
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `DbClusterResourceId` or `DbiResourceId`
    pub resource_id: String,
    /// Whether it is a cluster
    pub clustered: bool,
}

/// What a proxy points at
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Identifier
    pub identifier: String,
    /// Whether it is a cluster
    pub clustered: bool,
}

/// A server as it is called now
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which one
    pub server: Server,
    /// Its identifier and AWS's status word; `Ok(None)` is AWS's certain "not there"
    pub now: Result<Option<(String, String)>, String>,
}

/// Health of a proxy's target
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// `AVAILABLE`
    Available,
    /// `REGISTERING`, or a word that this version does not know
    Moving,
    /// `UNAVAILABLE`
    Unavailable,
}

/// A proxy as it was seen
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyFacts {
    /// Every target of the group, with its health: a cluster is healthy when its writer is
    pub targets: Vec<(Target, Health)>,
}

/// How a move stands
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Made, and to be seen
    Made,
    /// Begun, and not complete
    UnderWay(String),
    /// Not made
    ToDo,
    /// It can never be made: what it moves is gone, or its place is taken
    Impossible(String),
    /// Could not be looked at
    CannotTell(String),
}

impl Move {
    /// Its name in the record and in mails
    pub fn name(&self) -> String {
        match self {
            Self::Rename { from, to, .. } => format!("rename {from} to {to}"),
            Self::Retarget { proxy, from, to, .. } => {
                format!("point {proxy} at {} in place of {}", to.identifier, from.identifier)
            }
        }
    }

    /// What undoes it
    #[must_use]
    pub fn opposite(&self) -> Self {
        match self.clone() {
            Self::Rename { server, from, to } => Self::Rename { server, from: to, to: from },
            Self::Retarget { proxy, group, from, to } => Self::Retarget { proxy, group, from: to, to: from },
        }
    }

    /// How it stands
    pub fn standing(&self, seen: &Seen) -> Standing {
        match self {
            Self::Rename { server, from, to } => renamed(server, from, to, seen),
            Self::Retarget { from, to, .. } => retargeted(from, to, seen),
        }
    }
}

fn renamed(server: &Server, from: &str, to: &str, seen: &Seen) -> Standing {
    let Some(named) = seen.named.iter().find(|named| named.server == *server) else {
        return Standing::CannotTell(format!("nobody looked for {from}"));
    };
    let (name, status) = match &named.now {
        Err(why) => return Standing::CannotTell(why.clone()),
        Ok(None) => return Standing::Impossible(format!("{from} is not there any more")),
        Ok(Some((name, status))) => (name, status),
    };
    if name == to && status == "available" {
        return Standing::Made;
    }
    if name == to {
        return Standing::UnderWay(format!("{to} is {status}"));
    }
    if name != from {
        return Standing::Impossible(format!("{from} is called {name} now: somebody else renamed it"));
    }
    let is_taken = |other: &Named| {
        let clustered = other.server.clustered == server.clustered;
        clustered && other.server != *server && matches!(&other.now, Ok(Some((name, _))) if name == to)
    };
    match status.as_str() {
        // A name is free only when its bearer was seen under another one.
        "available" if seen.named.iter().any(is_taken) => Standing::UnderWay(format!("{to} is not free yet")),
        "available" => Standing::ToDo,
        status => Standing::UnderWay(format!("{from} is {status}")),
    }
}

fn retargeted(from: &Target, to: &Target, seen: &Seen) -> Standing {
    let facts = match &seen.proxy {
        None => return Standing::CannotTell("nobody looked at the proxy".to_owned()),
        Some(Err(why)) => return Standing::CannotTell(why.clone()),
        Some(Ok(facts)) => facts,
    };
    if let Some((stranger, _)) = facts.targets.iter().find(|(known, _)| known != from && known != to) {
        return Standing::Impossible(format!("the proxy points at {} too", stranger.identifier));
    }
    let old = facts.targets.iter().any(|(known, _)| known == from);
    let health: Vec<Health> =
        facts.targets.iter().filter(|(known, _)| known == to).map(|(_, health)| *health).collect();
    match (old, health.as_slice()) {
        (false, []) | (true, _) => Standing::ToDo,
        (false, all) if all.iter().all(|health| *health == Health::Available) => Standing::Made,
        (false, _) => Standing::UnderWay(format!("{} is not healthy behind the proxy yet", to.identifier)),
    }
}

/// The one move of a cut-over by a proxy
pub fn proxy_moves(proxy: &str, group: &str, source: Target, copy: Target) -> Vec<Move> {
    vec![Move::Retarget { proxy: proxy.to_owned(), group: group.to_owned(), from: source, to: copy }]
}

/// A swap of names: instances of the source aside, the source aside, the copy into its place, the copy's instances into
/// theirs. `source` is empty when the source is gone. Each is (server, its name now); names aside end with `suffix`.
pub fn swap_moves(
    source: &[(Server, String)],
    copy: &[(Server, String)],
    wanted: &[(Server, String)],
    suffix: &str,
) -> Vec<Move> {
    let aside = source.iter().map(|(server, name)| Move::Rename {
        server: server.clone(),
        from: name.clone(),
        to: crate::restore::aside(name, suffix),
    });
    let into = copy.iter().filter_map(|(server, name)| {
        let (_, to) = wanted.iter().find(|(of, _)| of == server)?;
        Some(Move::Rename { server: server.clone(), from: name.clone(), to: to.clone() })
    });
    aside.chain(into).collect()
}
