//! Processes that die at any call, and replies that get lost at any call: the end is the same, and no floor is broken.

use lifeboat::fault::Class;

use crate::things::{REAL, a_day_passes, policy, sim};
use crate::world::{AWAY, Fate, HOME, Sim, Which};

const RULES: &str = r#", "copy_to": {"region": "us-west-2", "keep_last": 2}"#;

async fn two_days(sim: &Sim) {
    let _ = sim.tick().await;
    for _ in 0..3 {
        a_day_passes(sim);
        let _ = sim.tick().await;
        assert!(sim.state().names(HOME).len() >= 2);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_call_fails_the_end_is_the_same() {
    let quiet = sim(6, &policy(RULES, REAL));
    two_days(&quiet).await;
    let home = quiet.state().names(HOME);
    let away = quiet.state().names(AWAY);
    let calls = quiet.state().calls.len();
    assert_eq!((home.len(), away.len()), (2, 2));
    let fates = [
        Fate::KilledBefore,
        Fate::KilledAfter,
        Fate::LostBefore,
        Fate::LostAfter,
        Fate::Refused(Class::Transient, "Throttling"),
        Fate::Refused(Class::Permission, "AccessDenied"),
    ];
    for number in 1..=calls {
        for fate in fates {
            let sim = sim(6, &policy(RULES, REAL));
            sim.state().fates.push((Which::Number(number), fate));
            let _ = sim.invoke(serde_json::json!({"tick": true})).await;
            for _ in 0..4 {
                a_day_passes(&sim);
                let _ = sim.invoke(serde_json::json!({"tick": true})).await;
                assert!(sim.state().names(HOME).len() >= 2, "{number} {fate:?}");
            }
            let state = sim.state();
            let what = state.calls.get(number - 1).cloned();
            assert_eq!(state.names(HOME), home, "{number} {fate:?} {what:?}");
            assert_eq!(state.names(AWAY), away, "{number} {fate:?} {what:?}");
            let once: std::collections::BTreeSet<&String> = state.deleted.iter().collect();
            assert_eq!(once.len(), state.deleted.len(), "{number} {fate:?}");
        }
    }
}
