//! Thirty days: findings come and go, checks run daily and when something rings, mails fail on some days.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::SignedDuration;

use crate::checkup::fixtures::{Said, finding, hours, now, policy, retention, shared, sheet, storage, world_at};
use crate::checkup::{Mended, Severity, Sheet, Standing, State, Tell, compare, tell};
use crate::mail::checkup_mail;

/// Days on which no mail goes out
const MAILS_FAIL: [i64; 3] = [3, 10, 17];

/// What a check finds, by the day and the hour after the daily check
fn world_of(day: i64, hour: i64) -> Sheet {
    let mut said = vec![Said::Fine("keys/orders"), Said::Fine("shared-snapshot/")];
    let mut holds =
        |when: bool, found: Said, fine: &'static str| said.push(if when { found } else { Said::Fine(fine) });
    holds((3..6).contains(&day), Said::Found(retention()), "retention/orders");
    let gib = 2100.0 + 60.0 * f64::from(i32::try_from(day).unwrap());
    holds(day >= 8, Said::Found(storage(gib)), "billed-storage/orders");
    let late = finding("drill-age/ledger", Severity::Medium, "no drill of ledger has passed for 9 days");
    holds((12..16).contains(&day), Said::Found(late), "drill-age/ledger");
    holds((18..20).contains(&day), Said::Unknown("quota/account", ""), "quota/account");
    let lag = finding("lag/orders", Severity::Medium, "orders can be restored only to 40 min ago");
    // It flaps for three days, at every ring.
    holds((21..24).contains(&day) && hour % 2 == 0, Said::Found(lag), "lag/orders");
    if day == 25 && hour >= 4 || day == 26 && hour == 0 {
        said.push(Said::Found(shared()));
    }
    sheet(said)
}

#[test]
fn thirty_days() {
    let policy = policy("");
    let (mut state, mut log) = (State::default(), String::new());
    let (mut mails, mut weekly, mut told): (Vec<i64>, Vec<i64>, BTreeMap<String, i64>) = Default::default();
    for day in 0..30 {
        // The daily check, a few seconds early or late, and rings at 1, 4 and 5 hours after it
        for hour in [0, 1, 4, 5] {
            let at = now() + hours(24 * day + hour) + SignedDuration::from_secs(day % 3 * 20);
            let compared = compare(at, &policy, &world_of(day, hour), &state, None);
            let which = tell(at, &policy, &compared);
            state = compared.next.clone();
            let mail = checkup_mail(which, &compared, &policy, &world_at(at), &Mended::default(), at);
            assert_eq!(mail.is_some(), which != Tell::Nothing);
            let Some(mail) = mail else { continue };
            let local = at.to_zoned(policy.zone()).strftime("%a %m-%d %H:%M").to_string();
            let failed = MAILS_FAIL.contains(&day);
            let note = if failed { "FAILED " } else { "" };
            writeln!(log, "day {day:>2} {local} {note}{which:?}: {}", mail.subject).unwrap();
            if failed {
                continue;
            }
            for (stands, known) in &compared.found {
                let told_now = which != Tell::AtOnce || known.finding.severity == Severity::High;
                if *stands != Standing::Ongoing && told_now {
                    writeln!(log, "         {stands:?} {}", known.finding.id).unwrap();
                    *told.entry(format!("{stands:?} {}", known.finding.id)).or_default() += 1;
                }
            }
            for ended in compared.resolved.iter().filter(|_| which != Tell::AtOnce) {
                writeln!(log, "         {:?} {}", ended.how, ended.known.finding.id).unwrap();
                *told.entry(format!("Ended {}", ended.known.finding.id)).or_default() += 1;
            }
            state.told(at, which);
            mails.push(day);
            weekly.extend((which == Tell::Weekly).then_some(day));
        }
    }
    insta::assert_snapshot!(log);
    // Day 0 is a Friday; Mondays are 3, 10, 17 and 24, and the mail fails on the first three: the day after makes up for it.
    assert_eq!(weekly, [0, 4, 11, 18, 24]);
    assert!(weekly.windows(2).all(|pair| pair[1] - pair[0] <= 8), "never a silent week");
    for (what, times) in &told {
        let flaps = what.ends_with("lag/orders");
        assert!(*times == 1 || flaps && *times <= 3, "{what} was told {times} times");
    }
    for id in
        ["retention/orders", "drill-age/ledger", "quota/account", "shared-snapshot/manual-ledger-before-migration"]
    {
        assert_eq!((told.get(&format!("New {id}")), told.get(&format!("Ended {id}"))), (Some(&1), Some(&1)), "{id}");
    }
    let on = |day: i64| mails.iter().filter(|mail| **mail == day).count();
    assert!((0..30).all(|day| on(day) <= 2), "a digest and an alarm a day at most");
}
