//! No false "fine": whatever is taken out of a world, no answer becomes "fine" that was not, and no question falls silent.
//!
//! A world is the healthy one with some troubles in it; then some of what was read of it is lost. Troubles and losses are
//! named, so that a failure reads as a sentence.

mod losses;
mod troubles;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::healthy::{now, policy, world};
use super::{Answer, World};

/// A change of a world, with its name
pub(super) type Change = (&'static str, fn(&mut World));

fn sheets(world: &World) -> BTreeMap<String, Answer> {
    let sheet = super::judge(now(), &policy(), world);
    sheet.answers().map(|(id, answer)| (id.to_owned(), answer.clone())).collect()
}

fn is_unjudged(answer: Option<&Answer>) -> bool {
    matches!(answer, Some(Answer::Found(found)) if found.severity == super::Severity::Unjudged)
}

/// The ids that stand for the list that an id is of: `unlisted/aurora` and `unlisted` for `unlisted/aurora/x`
fn lists(id: &str) -> impl Iterator<Item = &str> {
    id.match_indices('/').map(|(at, _)| id.split_at(at).0)
}

/// What is wrong with the answers after a loss, against those before it
fn wrong(before: &BTreeMap<String, Answer>, after: &BTreeMap<String, Answer>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, was) in before {
        let silent = !after.contains_key(id);
        let stays = |list| matches!(after.get(list), Some(Answer::Silent(_))) || is_unjudged(after.get(list));
        if silent && !lists(id).any(stays) {
            wrong.push(format!("{id} fell silent"));
        }
        if *was != Answer::Fine && after.get(id) == Some(&Answer::Fine) {
            wrong.push(format!("{id} became fine"));
        }
    }
    wrong
}

fn with(changes: &[Change]) -> (World, Vec<&'static str>) {
    let mut world = world();
    for (_, change) in changes {
        change(&mut world);
    }
    (world, changes.iter().map(|(name, _)| *name).collect())
}

#[test]
fn every_trouble_is_found() {
    for (name, ids, change) in troubles::ALL {
        let (world, _) = with(&[(*name, *change)]);
        let answers = sheets(&world);
        for id in *ids {
            let found =
                matches!(answers.get(*id), Some(Answer::Found(found)) if found.severity > super::Severity::Unjudged);
            assert!(found, "{name}: {id} is {:?}", answers.get(*id));
        }
    }
}

#[test]
fn every_loss_is_told() {
    for (name, id, change) in losses::ALL {
        let (world, _) = with(&[(*name, *change)]);
        let answers = sheets(&world);
        assert!(is_unjudged(answers.get(*id)), "{name}: {id} is {:?}", answers.get(*id));
    }
}

#[test]
fn no_loss_makes_any_single_trouble_fine() {
    for (trouble, _, begin) in troubles::ALL {
        let (sick, _) = with(&[(*trouble, *begin)]);
        let before = sheets(&sick);
        for (loss, _, lose) in losses::ALL {
            let mut lost = sick.clone();
            lose(&mut lost);
            let wrong = wrong(&before, &sheets(&lost));
            assert!(wrong.is_empty(), "{trouble}, then {loss}: {wrong:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_losses_make_any_troubles_fine(
        troubles in prop::sample::subsequence(troubles::ALL.to_vec(), 0..=troubles::ALL.len()),
        losses in prop::sample::subsequence(losses::ALL.to_vec(), 1..=6),
    ) {
        let troubles: Vec<Change> = troubles.into_iter().map(|(name, _, change)| (name, change)).collect();
        let (sick, begun) = with(&troubles);
        let before = sheets(&sick);
        let mut lost = sick;
        for (_, _, lose) in &losses {
            lose(&mut lost);
        }
        let names: Vec<&str> = losses.iter().map(|(name, _, _)| *name).collect();
        let wrong = wrong(&before, &sheets(&lost));
        prop_assert!(wrong.is_empty(), "{:?}, then {:?}: {:?}", begun, names, wrong);
    }

    /// Losing everything in part leaves nothing "fine" that rests on it
    #[test]
    fn a_world_of_which_nothing_was_read_has_only_what_the_policy_and_the_code_alone_say(home in "[a-z]{2}-[a-z]{4}-[0-9]") {
        let empty = World { home, ..World::default() };
        for (id, answer) in sheets(&empty) {
            let alone = id == "ca-bundle" || id.starts_with("tested/");
            let is_silent = matches!(answer, Answer::Silent(_));
            prop_assert!(alone || is_silent || is_unjudged(Some(&answer)), "{}: {:?}", id, answer);
        }
    }
}
