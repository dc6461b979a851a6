//! Whatever could not be looked at makes nothing look better: no answer becomes "fine", and no question is lost.
//!
//! Left alone are fields whose absence AWS gives a meaning: no lock date is a lock for governance, no limit is none, no zone
//! is UTC, no start window is eight hours, a job without a plan was begun by a person, one without words has no issues, a
//! restore job without a deletion is no test; and the tier, which databases have only one of.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::fixtures::*;
use crate::checkup::{Answer, Sheet, World};
use crate::database::{BackupJob, JobKind};

const TROUBLES: u32 = 14;
const DAMAGES: u32 = 24;

fn trouble(world: &mut World, number: u32) {
    match number {
        0 => points(world).retain(|one| one.point.created_at < Some(now() - hours(24))),
        1 => points(world).clear(),
        2 => points(world).iter_mut().for_each(|one| one.tier = Some("COLD".to_owned())),
        3 => points(world)[0].point.status = "EXPIRED".to_owned(),
        4 => jobs(world).push(failed("a", now(), "FAILED")),
        5 => jobs(world).push(failed("b", now(), "COMPLETED")),
        6 => jobs(world).push(BackupJob { resource_arn: OTHER.to_owned(), ..failed("c", now(), "FAILED") }),
        7 => drop(home(world).keys.insert(KEY.to_owned(), Ok(Some(key(KEY, "PendingDeletion"))))),
        8 => drop(home(world).keys.insert(DATA_KEY.to_owned(), Ok(None))),
        9 => prod(world).lock_date = Some(now() + hours(1)),
        10 => {
            prod(world).locked = true;
            prod(world).min_days = Some(40);
        }
        11 => plans(world)[0].rules[0].cold_after_days = Some(1),
        12 => {
            plans(world).push(plan("plan-2", vec![rule("hourly", "cron(0 * * * ? *)")]));
            jobs(world)[0].plan = Some("plan-2".to_owned());
        }
        _ => {
            let copy = cluster("awsbackup-restore-test-1");
            let made = Some(copy.facts.arn.clone());
            let deletion = Some(("FAILED".to_owned(), None));
            jobs(world).push(BackupJob { kind: JobKind::Restore, made, deletion, is_test: true, ..job("t", now()) });
            home(world).clusters.as_mut().unwrap().as_mut().unwrap().push(copy);
        }
    }
}

fn damage(world: &mut World, number: u32, index: usize) {
    let point = index % points(world).len().max(1);
    let job = index % jobs(world).len();
    let plan = index % plans(world).len();
    match number {
        0 => drop(world.regions.remove(HOME)),
        1 => home(world).clusters = Some(Err(denied())),
        2 => home(world).clusters = None,
        3 => home(world).instances = Some(Err(denied())),
        4 => home(world).instances = None,
        5 => home(world).jobs = Some(Err(denied())),
        6 => home(world).jobs = None,
        7 => home(world).plans = Some(Err(denied())),
        8 => home(world).plans = None,
        9 => drop(home(world).vaults.remove("prod")),
        10 => home(world).vaults.get_mut("prod").unwrap().vault = Err(denied()),
        11 => home(world).vaults.get_mut("prod").unwrap().points = Err(denied()),
        12 => home(world).keys.values_mut().for_each(|key| *key = Err(denied())),
        13 => home(world).keys.clear(),
        14 => points(world).iter_mut().skip(point).take(1).for_each(|one| one.point.created_at = None),
        15 => points(world).iter_mut().skip(point).take(1).for_each(|one| one.point.kms_key = None),
        16 => points(world).iter_mut().for_each(|one| {
            (one.message, one.delete_at, one.completed_at, one.copied_from) = (None, None, None, None);
        }),
        17 => jobs(world)[job].created_at = None,
        18 => jobs(world)[job].vault = None,
        19 => jobs(world)[job].ended_at = None,
        20 => jobs(world)[job].made = None,
        21 => plans(world)[plan].rules[0].schedule = None,
        22 => prod(world).kms_key = None,
        _ => home(world).keys.values_mut().flatten().flatten().for_each(|key| key.deleted_at = None),
    }
}

fn by_id(sheet: &Sheet) -> BTreeMap<&str, &Answer> {
    sheet.answers().collect()
}

proptest! {
    #[test]
    fn what_could_not_be_looked_at_makes_nothing_look_better(
        troubles in 0u32..(1 << TROUBLES),
        number in 0..DAMAGES,
        index in 0usize..8,
    ) {
        let mut world = well();
        for one in (0..TROUBLES).filter(|one| troubles & (1 << one) != 0) {
            // Without points two troubles have nothing to trouble.
            if !(one == 3 && points(&mut world).is_empty()) {
                trouble(&mut world, one);
            }
        }
        let before = sheet_at(now(), &world);
        damage(&mut world, number, index);
        let after = sheet_at(now(), &world);
        let after = by_id(&after);
        for (id, answer) in by_id(&before) {
            let known = after.get(id);
            // What stands below a list that was not read to its end stays as it was known.
            let list = id.rsplit_once('/').and_then(|(list, _)| after.get(list));
            let stays = list.is_some_and(|list| **list != Answer::Fine);
            prop_assert!(known.is_some() || stays, "{} was dropped", id);
            if matches!(answer, Answer::Found(_)) {
                prop_assert!(known != Some(&&Answer::Fine), "{} became fine", id);
            }
        }
    }
}

#[test]
fn every_trouble_that_the_property_is_told_with_is_found() {
    for number in 0..TROUBLES {
        let mut world = well();
        trouble(&mut world, number);
        assert!(!sheet_at(now(), &world).findings().is_empty(), "trouble {number}");
    }
}
