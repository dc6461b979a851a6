//! What an event means.

use serde_json::{Value, json};

use super::*;

fn state_change(detail: &Value) -> Value {
    json!({"version": "0", "id": "1", "detail-type": "Glue Job State Change", "source": "aws.glue",
        "account": "123456789012", "time": "2026-11-20T06:02:03Z", "region": "ap-northeast-1", "resources": [],
        "detail": detail})
}

fn refused(event: &Value) -> String {
    alert_event(event).unwrap_err().to_string()
}

#[test]
fn a_state_change_is_read_for_as_much_as_is_there() {
    let whole = json!({"jobName": "etl", "severity": "ERROR", "state": "FAILED", "jobRunId": "jr_1", "message": "no"});
    let AlertEvent::Changed(read) = alert_event(&state_change(&whole)).unwrap() else { panic!("a change") };
    assert_eq!(read, Change { message: Some("no".to_owned()), ..change("jr_1", "FAILED", "2026-11-20T06:02:03Z") });
    let AlertEvent::Changed(read) = alert_event(&state_change(&json!({"jobName": "etl", "new": {"x": [1]}}))).unwrap()
    else {
        panic!("a change")
    };
    assert_eq!((read.run, read.state, read.message), (None, None, None));
    let odd =
        json!({"jobName": "etl", "state": "EXPLODED", "jobRunId": "jr_1", "message": {"text": "no"}, "severity": 7});
    assert!(alert_event(&state_change(&odd)).is_ok());
    let mut bare = state_change(&whole);
    for key in ["version", "id", "account", "time", "region", "resources"] {
        bare.as_object_mut().unwrap().remove(key);
    }
    assert!(alert_event(&bare).is_ok());
}

#[test]
fn a_malformed_event_is_told_and_not_dropped() {
    let cases = [
        (json!([]), "is a list of 0"),
        (state_change(&json!("text")), "detail: is \"text\""),
        (state_change(&Value::Null), "detail: is null"),
        (state_change(&json!({"state": "FAILED", "jobRunId": "jr_1"})), "detail.jobName: is missing"),
        (state_change(&json!({"jobName": null})), "detail.jobName: is null"),
        (state_change(&json!({"jobName": 7})), "detail.jobName: is 7"),
        (state_change(&json!({"jobName": " "})), "detail.jobName: is \" \""),
        (state_change(&json!({"jobName": "etl", "jobRunId": ["jr_1"]})), "detail.jobRunId: is a list of 1"),
        (state_change(&json!({"jobName": "etl", "state": true})), "detail.state: is true"),
        (json!({"source": "aws.glue", "detail-type": "Glue Crawler State Change", "detail": {}}), "detail-type: is"),
        (json!({"source": "aws.rds", "detail-type": "RDS DB Instance Event", "detail": {}}), "source: is \"aws.rds\""),
        (json!({"detail": {}}), "source: is missing"),
        (json!({"tick": false}), "tick: is false"),
        (json!({"job": "etl", "run": "x"}), "run: is an unknown key"),
        (json!({"job": 7}), "job: is 7"),
        (json!({"database": "orders"}), "tick: is missing"),
    ];
    for (event, wanted) in cases {
        let told = refused(&event);
        assert!(told.contains(wanted), "{event}: {told}");
    }
}

#[test]
fn ticks_and_questions_are_read() {
    for event in [
        json!({}),
        json!({"tick": true}),
        json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}),
    ] {
        assert!(matches!(alert_event(&event), Ok(AlertEvent::Tick { .. })), "{event}");
    }
    assert_eq!(alert_event(&json!({"job": "etl"})), Ok(AlertEvent::Show { job: "etl".to_owned() }));
}
