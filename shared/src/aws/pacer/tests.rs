//! In virtual time: tokio's clock goes on when everybody waits.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::delete_db_snapshot::DeleteDbSnapshotOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use tokio::task::JoinSet;

use super::*;
use crate::aws::rds::Rds;
use crate::aws::testing::{rds_error, wire};
use crate::fault::classify;

const OPERATION: &str = "rds:DeleteDBSnapshot";

fn failed(code: &str) -> Fault {
    Fault::new(classify(code), OPERATION, "one", code, "said AWS")
}

fn lost() -> Fault {
    Fault::new(Class::Unknown, OPERATION, "one", "", "the reply was lost")
}

/// AWS as it throttles: so many calls a second, so many saved up
struct Bucket {
    rate: f64,
    burst: f64,
    /// What is left, and when that was
    left: Mutex<(f64, Instant)>,
    throttled: AtomicU32,
}

impl Bucket {
    fn new(rate: f64, burst: f64) -> Arc<Self> {
        Arc::new(Self { rate, burst, left: Mutex::new((burst, Instant::now())), throttled: AtomicU32::new(0) })
    }

    async fn call(&self) -> Result<(), Fault> {
        sleep(Duration::from_millis(15)).await;
        let takes = {
            let mut left = self.left.lock().unwrap();
            let now = Instant::now();
            left.0 = (left.0 + (now - left.1).as_secs_f64() * self.rate).min(self.burst);
            left.1 = now;
            let takes = left.0 >= 1.0;
            left.0 -= if takes { 1.0 } else { 0.0 };
            takes
        };
        sleep(Duration::from_millis(15)).await;
        if takes {
            return Ok(());
        }
        self.throttled.fetch_add(1, Ordering::Relaxed);
        Err(failed("Throttling"))
    }
}

/// Eight workers with so many calls; how long it took, and how many were throttled
async fn cleaned_up(bucket: Arc<Bucket>, calls: u32) -> (f64, u32) {
    let (pacer, began) = (Pacer::default(), Instant::now());
    let todo = Arc::new(AtomicU32::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        // Each has a clone of its own, as clones of a client do.
        let (pacer, bucket, todo) = (pacer.clone(), Arc::clone(&bucket), Arc::clone(&todo));
        workers.spawn(async move {
            while todo.fetch_add(1, Ordering::Relaxed) < calls {
                pacer.act(OPERATION, "one", || bucket.call()).await.unwrap();
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    (began.elapsed().as_secs_f64(), bucket.throttled.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn without_throttling_nobody_waits() {
    let (seconds, throttled) = cleaned_up(Bucket::new(1e9, 1e9), 400).await;
    assert_eq!((seconds.to_string().as_str(), throttled), ("1.5", 0));
}

#[tokio::test(start_paused = true)]
async fn four_hundred_deletions_at_twenty_a_second_lose_none_and_waste_few() {
    let (seconds, throttled) = cleaned_up(Bucket::new(20.0, 40.0), 400).await;
    assert!(seconds <= 1.1 * 360.0 / 20.0, "{seconds} s");
    assert!(f64::from(throttled) <= 0.08 * f64::from(400 + throttled), "{throttled} throttled");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_deletions_at_three_a_second_lose_none_and_waste_few() {
    let (seconds, throttled) = cleaned_up(Bucket::new(3.0, 10.0), 100).await;
    assert!(seconds <= 1.1 * 90.0 / 3.0, "{seconds} s");
    assert!(f64::from(throttled) <= 0.20 * f64::from(100 + throttled), "{throttled} throttled");
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_has_an_end() {
    let (pacer, began, sent) = (Pacer::default(), Instant::now(), AtomicU32::new(0));
    let fault = pacer.act(OPERATION, "one", || {
        sent.fetch_add(1, Ordering::Relaxed);
        async { Err::<(), _>(failed("Throttling")) }
    });
    let fault = fault.await.unwrap_err();
    assert_eq!((fault.class, fault.code.as_str()), (Class::Transient, "Throttling"));
    assert!(began.elapsed() <= LONGEST, "{:?}", began.elapsed());
    // Ten seconds at the most lie between two looks.
    assert!((15..60).contains(&sent.load(Ordering::Relaxed)), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_gets_no_turn_was_not_sent_and_says_so() {
    let pacer = Pacer::default();
    // Whoever is first waits on.
    let _head = pacer.0.head.lock().await;
    let (began, sent) = (Instant::now(), AtomicU32::new(0));
    let call = pacer.act(OPERATION, "one", || {
        sent.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    let fault = call.await.unwrap_err();
    assert_eq!((began.elapsed().as_secs(), sent.load(Ordering::Relaxed)), (LONGEST.as_secs(), 0));
    assert_eq!((fault.class, fault.resource.as_str()), (Class::Transient, "one"));
    assert!(fault.message.contains("no turn within 180 s"), "{fault}");
}

/// How often a call was sent that fails in this way each time
async fn sent(act: bool, fault: fn() -> Fault) -> (u32, Duration) {
    let (pacer, began, count) = (Pacer::default(), Instant::now(), AtomicU32::new(0));
    let send = || {
        count.fetch_add(1, Ordering::Relaxed);
        async { Err::<(), _>(fault()) }
    };
    let answer = if act { pacer.act(OPERATION, "one", send).await } else { pacer.read(OPERATION, "one", send).await };
    assert_eq!(answer.unwrap_err().class, fault().class);
    (count.load(Ordering::Relaxed), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_passing_fault_is_tried_again_a_few_times_and_a_refusal_never() {
    let twice = FIRST_WAIT * 3;
    for act in [true, false] {
        let (calls, time) = sent(act, || failed("InternalFailure")).await;
        assert_eq!((calls, time), (TRIES, twice));
        for code in ["AccessDenied", "SnapshotQuotaExceeded", "DBSnapshotAlreadyExists", "InvalidDBSnapshotState"] {
            let fault: fn() -> Fault = match code {
                "AccessDenied" => || failed("AccessDenied"),
                "SnapshotQuotaExceeded" => || failed("SnapshotQuotaExceeded"),
                "DBSnapshotAlreadyExists" => || failed("DBSnapshotAlreadyExists"),
                _ => || failed("InvalidDBSnapshotState"),
            };
            assert_eq!(sent(act, fault).await, (1, Duration::ZERO), "{code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_act_whose_reply_was_lost_is_never_repeated_and_a_question_is() {
    assert_eq!(sent(true, lost).await.0, 1);
    assert_eq!(sent(false, lost).await.0, TRIES);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_holds_nobody_for_long() {
    let pacer = Pacer::default();
    let first = AtomicU32::new(0);
    // Throttled once; then it goes ahead, and its caller gives up before it is answered.
    let hangs = pacer.act(OPERATION, "one", || {
        let throttled = first.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if throttled {
                return Err::<(), _>(failed("Throttling"));
            }
            std::future::pending().await
        }
    });
    timeout_at(Instant::now() + Duration::from_secs(1), hangs).await.unwrap_err();
    let began = Instant::now();
    pacer.act(OPERATION, "other", || async { Ok(()) }).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(2), "{:?}", began.elapsed());
}

async fn delete(rule: &Rule) -> Result<(), Fault> {
    let rds = Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, [rule]));
    paced!(rds, act, OPERATION, "one", rds.0.delete_db_snapshot().db_snapshot_identifier("one")).map(drop)
}

#[tokio::test(start_paused = true)]
async fn the_sdk_itself_tries_nothing_again() {
    // A server that broke, a page of a proxy: three tries of ours, none of the SDK's.
    let rule = mock!(Client::delete_db_snapshot).sequence().http_response(|| wire(503, "")).repeatedly().build();
    assert_eq!(delete(&rule).await.unwrap_err().class, Class::Transient);
    assert_eq!(rule.num_calls(), usize::try_from(TRIES).unwrap());
    let rule = mock!(Client::delete_db_snapshot).sequence();
    let rule = rule.http_response(|| rds_error(400, "Throttling")).times(7).output(deleted).build();
    delete(&rule).await.unwrap();
    assert_eq!(rule.num_calls(), 8);
    // A success that cannot be read is a reply that was lost.
    let rule = mock!(Client::delete_db_snapshot).sequence();
    let rule = rule.http_response(|| wire(200, "<DeleteDBSnapshotResponse><DeleteDBSn")).repeatedly().build();
    assert_eq!(delete(&rule).await.unwrap_err().class, Class::Unknown);
    assert_eq!(rule.num_calls(), 1);
}

fn deleted() -> DeleteDbSnapshotOutput {
    DeleteDbSnapshotOutput::builder().build()
}

#[test]
fn a_pacer_is_shown_by_its_rate() {
    assert_eq!(format!("{:?}", Pacer::default()), "Pacer(None)");
}
