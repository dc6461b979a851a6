//! Whatever could not be looked at makes nothing look better: no answer becomes "fine", and no question is lost.
//!
//! The history is a document of our own and is left alone here: without it the check begins anew.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::fixtures::*;
use crate::checkup::{Answer, World};
use crate::database::Sharing;

const TROUBLES: u32 = 5;
const DAMAGES: u32 = 11;

fn trouble(world: &mut World, number: u32) {
    match number {
        0 => {
            read_now(world, vec![sample(1, 150.0)]);
            world.history.get_mut("orders").unwrap().push(sample(2, 150.0));
        }
        1 => snapshots(world).push(snapshot("old", 30)),
        2 => snapshots(world).extend((10..14).map(|age| snapshot(&format!("pre-{age}"), age))),
        3 => snapshots(world).push(of_instance("old", 30)),
        _ => snapshots(world).push(of_instance("manual-1", 31)),
    }
}

fn damage(world: &mut World, number: u32, index: usize) {
    let index = index % snapshots(world).len();
    let one = &mut snapshots(world)[index];
    match number {
        0 => drop(world.regions.remove(HOME)),
        1 => home(world).billed = Some(Err(denied())),
        2 => home(world).billed = None,
        3 => home(world).billed = Some(Ok(BTreeMap::new())),
        4 => home(world).snapshots = Some(Err(denied())),
        5 => home(world).snapshots = None,
        6 => one.created_at = None,
        7 => one.storage_gib = None,
        8 => one.details.sharing = Sharing::Unknown("denied".to_owned()),
        9 => {
            let (arn, unknown) = (one.arn.clone(), Sharing::Unknown("denied".to_owned()));
            home(world).sharing.insert(arn, unknown);
        }
        _ => (one.details.kms_key, one.details.vpc, one.details.percent) = (None, None, None),
    }
}

proptest! {
    #[test]
    fn what_could_not_be_looked_at_makes_nothing_look_better(
        troubles in 0u32..(1 << TROUBLES),
        number in 0..DAMAGES,
        index in 0usize..12,
    ) {
        let mut world = well();
        for one in (0..TROUBLES).filter(|one| troubles & (1 << one) != 0) {
            trouble(&mut world, one);
        }
        let before = sheet_with(&policy(), &world);
        damage(&mut world, number, index);
        let after = sheet_with(&policy(), &world);
        let after: BTreeMap<&str, &Answer> = after.answers().collect();
        for (id, answer) in before.answers() {
            let known = after.get(id);
            prop_assert!(known.is_some(), "{} was dropped", id);
            if matches!(answer, Answer::Found(_)) {
                prop_assert!(known != Some(&&Answer::Fine), "{} became fine", id);
            }
        }
    }
}
