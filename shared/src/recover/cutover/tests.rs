//! Cut-overs in a small world that fails: whatever happens, they end at the copy or back at the source.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(minutes: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn server(id: &str) -> Server {
    Server { resource_id: id.to_owned(), clustered: id.starts_with("cluster") }
}

fn target(identifier: &str) -> Target {
    Target { identifier: identifier.to_owned(), clustered: true }
}

/// Servers by resource id with their names, and a proxy
#[derive(Debug, Clone)]
struct World {
    names: BTreeMap<String, String>,
    /// Servers whose rename is not complete
    moving: Vec<String>,
    targets: Vec<(Target, Health)>,
    never_healthy: Option<&'static str>,
}

impl World {
    fn new() -> Self {
        let names = [
            ("cluster-old", "prod-orders"),
            ("db-old", "prod-orders-1"),
            ("cluster-new", "recovery-orders-1"),
            ("db-new", "recovery-orders-1-1"),
        ];
        Self {
            names: names.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
            moving: Vec::new(),
            targets: vec![(target("prod-orders"), Health::Available)],
            never_healthy: None,
        }
    }

    fn seen(&self, proxy: bool) -> Seen {
        let named = ["cluster-old", "db-old", "cluster-new", "db-new"].map(|id| {
            let status = if self.moving.contains(&id.to_owned()) { "renaming" } else { "available" };
            Named { server: server(id), now: Ok(self.names.get(id).map(|name| (name.clone(), status.to_owned()))) }
        });
        let facts = ProxyFacts { targets: self.targets.clone() };
        Seen { named: named.into(), proxy: proxy.then_some(Ok(facts)) }
    }

    fn perform(&mut self, act: &Move) -> Result<(), Fault> {
        match act {
            Move::Rename { server, from, to } => {
                if self.names.get(&server.resource_id) != Some(from) {
                    return Err(Fault::new(Class::NotFound, "rds:Modify", from, "NotFound", "no such thing"));
                }
                let kind = |id: &str| id.starts_with("cluster");
                if self.names.iter().any(|(id, name)| name == to && kind(id) == server.clustered) {
                    return Err(Fault::new(Class::AlreadyExists, "rds:Modify", to, "AlreadyExists", "taken"));
                }
                self.names.insert(server.resource_id.clone(), to.clone());
                self.moving.push(server.resource_id.clone());
            }
            Move::Retarget { to, .. } => {
                let sick = self.never_healthy == Some(to.identifier.as_str());
                let health = if sick { Health::Unavailable } else { Health::Available };
                self.targets = vec![(to.clone(), health)];
            }
        }
        Ok(())
    }

    fn is_as_before(&self) -> bool {
        let before = Self::new();
        self.names == before.names && self.targets == before.targets
    }

    fn is_swapped(&self) -> bool {
        self.names.get("cluster-new").is_some_and(|name| name == "prod-orders")
            && self.names.get("db-new").is_some_and(|name| name == "prod-orders-1")
            && self.names.get("cluster-old").is_some_and(|name| name == "prod-orders-before-20261120")
    }
}

fn swap() -> CutOver {
    let of = |pairs: &[(&str, &str)]| -> Vec<(Server, String)> {
        pairs.iter().map(|(id, name)| (server(id), (*name).to_owned())).collect()
    };
    let source = of(&[("db-old", "prod-orders-1"), ("cluster-old", "prod-orders")]);
    let copy = of(&[("cluster-new", "recovery-orders-1"), ("db-new", "recovery-orders-1-1")]);
    let wanted = of(&[("cluster-new", "prod-orders"), ("db-new", "prod-orders-1")]);
    CutOver::begin(swap_moves(&source, &copy, &wanted, "before-20261120"), at(0))
}

fn proxy() -> CutOver {
    CutOver::begin(proxy_moves("orders-proxy", "default", target("prod-orders"), target("recovery-orders-1")), at(0))
}

/// What becomes of one call
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Done,
    Refused(Class),
    /// Done, and the reply is lost
    Lost,
    /// Not done, and nobody knows
    Vanished,
    /// The process dies before it can write what came of it, after the call was made
    Killed,
}

/// Steps every half minute until it ends, at most two days
fn play(mut cut: CutOver, world: &mut World, fates: &[Fate]) -> CutOver {
    let has_proxy = matches!(cut.moves.first(), Some(Move::Retarget { .. }));
    let mut calls = 0;
    for tick in 0..5760 {
        let now = at(0) + SignedDuration::from_secs(30 * tick);
        let step = cut.step(now, &world.seen(has_proxy));
        cut = step.next;
        if cut.end.is_some() {
            return cut;
        }
        world.moving.clear();
        let Some(act) = step.act else { continue };
        let fate = fates.get(calls).copied().unwrap_or(Fate::Done);
        calls += 1;
        let result = match fate {
            Fate::Done | Fate::Lost | Fate::Killed => world.perform(&act),
            Fate::Refused(class) => Err(Fault::new(class, "rds:Modify", "x", "No", "no")),
            Fate::Vanished => Ok(()),
        };
        let lost = Fault::new(Class::Unknown, "rds:Modify", "x", "", "no reply");
        match fate {
            Fate::Killed => {}
            Fate::Lost | Fate::Vanished => cut.outcome(&act.name(), Err(&lost), now),
            Fate::Done | Fate::Refused(_) => cut.outcome(&act.name(), result.as_ref().copied(), now),
        }
    }
    panic!("no end after two days: {cut:#?} {world:#?}");
}

#[test]
fn names_are_swapped_and_swapped_back() {
    let mut world = World::new();
    let there = play(swap(), &mut world, &[]);
    assert_eq!(there.end, Some(End::Copy));
    assert!(world.is_swapped(), "{world:?}");
    let back = play(there.undo(at(0)), &mut world, &[]);
    assert_eq!(back.end, Some(End::Source));
    assert!(world.is_as_before(), "{world:?}");
}

#[test]
fn a_proxy_is_pointed_at_the_copy_and_back() {
    let mut world = World::new();
    let there = play(proxy(), &mut world, &[]);
    assert_eq!((there.end, world.targets[0].0.identifier.as_str()), (Some(End::Copy), "recovery-orders-1"));
    let back = play(there.undo(at(0)), &mut world, &[]);
    assert_eq!(back.end, Some(End::Source));
    assert!(world.is_as_before());
}

#[test]
fn a_proxy_that_never_becomes_healthy_is_put_back() {
    let mut world = World { never_healthy: Some("recovery-orders-1"), ..World::new() };
    let end = play(proxy(), &mut world, &[]);
    assert_eq!(end.end, Some(End::Source));
    assert!(world.is_as_before());
    assert!(end.reason.unwrap().contains("not healthy"), "it says why");
}

#[test]
fn a_move_that_is_refused_for_good_turns_everything_round() {
    for calls in 0..4 {
        let mut fates = vec![Fate::Done; calls];
        fates.push(Fate::Refused(Class::Permission));
        let mut world = World::new();
        let end = play(swap(), &mut world, &fates);
        assert_eq!(end.end, Some(End::Source), "refused at call {calls}");
        assert!(world.is_as_before(), "{world:?}");
    }
}

#[test]
fn on_the_way_back_a_refusal_is_told_once_and_tried_on() {
    let mut world = World::new();
    let there = play(swap(), &mut world, &[]);
    let mut cut = there.undo(at(0));
    let mut told = 0;
    for minute in 0..600 {
        let step = cut.step(at(minute), &world.seen(false));
        told += usize::from(step.tell);
        cut = step.next;
        if let Some(act) = step.act {
            let no = Fault::new(Class::Permission, "rds:Modify", "x", "AccessDenied", "no");
            cut.outcome(&act.name(), Err(&no), at(minute));
        }
    }
    assert_eq!((told, cut.end), (1, None));
    assert!(cut.reason.as_deref().unwrap().contains("AccessDenied"), "{:?}", cut.reason);
    assert_eq!(play(cut, &mut world, &[]).end, Some(End::Source), "somebody repaired the right");
    assert!(world.is_as_before());
}

#[test]
fn a_name_that_is_taken_by_a_stranger_ends_where_it_began() {
    let mut world = World::new();
    world.names.insert("cluster-stranger".to_owned(), "prod-orders-before-20261120".to_owned());
    let end = play(swap(), &mut world, &[]);
    assert_eq!(end.end, Some(End::Source));
    world.names.remove("cluster-stranger");
    assert!(world.is_as_before());
}

#[test]
fn a_source_that_disappears_midway_leaves_the_copy_where_it_was_and_says_so() {
    let mut world = World::new();
    let mut cut = swap();
    // The first rename is made, then the source's cluster is deleted by somebody.
    for second in 0..4 {
        let now = at(0) + SignedDuration::from_secs(second * 30);
        let step = cut.step(now, &world.seen(false));
        cut = step.next;
        if let Some(act) = step.act {
            let result = world.perform(&act);
            cut.outcome(&act.name(), result.as_ref().copied(), now);
            world.moving.clear();
            break;
        }
    }
    world.names.remove("cluster-old");
    let end = play(cut, &mut world, &[]);
    assert_eq!(end.end, Some(End::Partly));
    assert!(end.reason.unwrap().contains("prod-orders"), "which one");
    assert_eq!(world.names.get("db-old").map(String::as_str), Some("prod-orders-1"), "the rest is back");
    assert_eq!(world.names.get("cluster-new").map(String::as_str), Some("recovery-orders-1"));
}

#[test]
fn a_proxy_that_points_at_something_else_too_is_left_alone() {
    let mut world = World::new();
    world.targets.push((target("other"), Health::Available));
    let before = world.targets.clone();
    let step = proxy().step(at(0), &world.seen(true));
    assert!(step.act.is_none() && step.because.contains("other"), "{step:?}");
    assert_eq!(world.targets, before);
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Done),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Vanished),
        1 => Just(Fate::Killed),
        1 => Just(Fate::Refused(Class::Transient)),
        1 => Just(Fate::Refused(Class::WrongState)),
        1 => Just(Fate::Refused(Class::Permission)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_to_the_calls_it_ends_at_the_copy_or_at_the_source(
        fates in proptest::collection::vec(fate(), 0..25),
        by_proxy: bool,
    ) {
        let mut world = World::new();
        let begun = if by_proxy { proxy() } else { swap() };
        let end = play(begun, &mut world, &fates);
        match end.end {
            Some(End::Copy) if by_proxy => prop_assert_eq!(&world.targets[0].0, &target("recovery-orders-1")),
            Some(End::Copy) => prop_assert!(world.is_swapped(), "{:?}", world),
            Some(End::Source) => prop_assert!(world.is_as_before(), "{:?}", world),
            other => prop_assert!(false, "{:?}", other),
        }
        // And what ended can always be undone, or is as it was.
        if end.end == Some(End::Copy) {
            let back = play(end.undo(at(0)), &mut world, &fates);
            prop_assert_eq!(back.end, Some(End::Source));
            prop_assert!(world.is_as_before(), "{:?}", world);
        }
    }

    #[test]
    fn a_record_of_it_is_read_back_as_it_was_written(count in 0_usize..6) {
        let mut world = World::new();
        let mut cut = swap();
        for tick in 0..count {
            let now = at(i64::try_from(tick).unwrap());
            let step = cut.step(now, &world.seen(false));
            cut = step.next;
            if let Some(act) = step.act {
                let result = world.perform(&act);
                cut.outcome(&act.name(), result.as_ref().copied(), now);
            }
        }
        let text = serde_json::to_string(&cut).unwrap();
        prop_assert_eq!(serde_json::from_str::<CutOver>(&text).unwrap(), cut);
    }
}

#[test]
fn a_name_is_not_asked_for_before_its_bearer_was_seen_under_another_one() {
    let rename = Move::Rename {
        server: server("cluster-new"),
        from: "recovery-orders-1".to_owned(),
        to: "prod-orders".to_owned(),
    };
    let mut world = World::new();
    assert_eq!(rename.standing(&world.seen(false)), Standing::UnderWay("prod-orders is not free yet".to_owned()));
    world.names.insert("cluster-old".to_owned(), "prod-orders-before-1".to_owned());
    assert_eq!(rename.standing(&world.seen(false)), Standing::ToDo);
}
