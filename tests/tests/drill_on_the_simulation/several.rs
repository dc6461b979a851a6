//! Several drills of one database, each with its own calendar.

use super::*;

#[tokio::test]
async fn the_drills_of_a_database_run_beside_each_other_and_none_meets_another() {
    let sim = Sim::new(begins());
    for drill in ["orders/weekly", "orders/quarterly", "orders/vault", "orders/dr-yearly", "ledger/weekly"] {
        let request = json!({"drill": drill, "scheduled_time": "2026-11-22T18:00:00Z"});
        sim.invoke(request).await.unwrap().unwrap();
    }
    sim.tick_until_quiet(300).await;
    promises_kept(&sim, "five at once");
    let closed = sim.state().closed_records();
    assert_eq!(closed.len(), 5);
    assert!(closed.iter().all(|record| verdict(record).0 == VerdictWord::Passed));
    assert_eq!(sim.state().mails.len(), 5);
}

#[tokio::test]
async fn a_drill_is_compared_with_the_last_passed_one_of_the_same_database_whichever_it_was() {
    let sim = Sim::new(begins());
    let mut hour = 18;
    let mut next = async |drill: &str| {
        let scheduled = format!("2026-11-22T{hour}:00:00Z");
        hour += 1;
        sim.invoke(json!({"drill": drill, "scheduled_time": scheduled})).await.unwrap().unwrap();
        let run = sim.state().open_records()[0].run.clone();
        sim.tick_until_quiet(300).await;
        let closed = sim.state().closed_records();
        closed.into_iter().find(|record| record.run == run).expect("closed").compare_with
    };
    assert_eq!(next("orders/weekly").await, None);
    assert_eq!(next("ledger/weekly").await, None, "another database's drill is nothing to compare with");
    assert_eq!(next("orders/quarterly").await.as_deref(), Some(RUN));
    assert_eq!(next("orders/dr-yearly").await.as_deref(), Some("drill-orders-quarterly-202611222000"));
}
