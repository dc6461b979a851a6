//! Causes that messages tell.

use super::*;

#[test]
fn common_causes_are_told_with_the_line_that_led_to_them() {
    let table = [
        (
            "Error\njava.lang.OutOfMemoryError: Java heap space\n at x",
            "out of memory",
            "java.lang.OutOfMemoryError: Java heap space",
        ),
        ("Command failed with exit code 137", "out of memory", "Command failed with exit code 137"),
        ("An error occurred (AccessDeniedException) when calling GetObject", "access", "An error occurred"),
        ("ERROR 1045 (28000): Access denied for user 'etl'@'10.0.0.1'", "access", "ERROR 1045"),
        ("java.net.ConnectException: Connection refused", "connect", "java.net"),
        ("(2003, \"Can't connect to MySQL server on 'prod-orders'\")", "connect", "(2003"),
        ("ConcurrentRunsExceededException: Concurrent runs exceeded for etl", "too many runs", "Concurrent"),
        (
            "dbt run\n1 of 3 OK\nDatabase error in model tenant (models/tenant.sql)\n  1054 (42S22): Unknown column 'x' in 'field list'",
            "schema",
            "1054 (42S22)",
        ),
        ("Database error in model tenant: syntax error at or near \"FORM\"", "dbt model", "Database error in model"),
        ("Runtime Error in operation etl-on-run-end-0", "post-hook", "Runtime Error"),
        ("duplicate key value violates unique constraint \"users_pkey\"", "rows contradict", "duplicate key"),
        ("Lock wait timeout exceeded; try restarting transaction", "lock", "Lock wait"),
    ];
    for (message, words, line) in table {
        let cause = cause(message).unwrap_or_else(|| panic!("{message}"));
        assert!(cause.words.contains(words), "{message}: {}", cause.words);
        assert!(cause.line.starts_with(line), "{message}: {}", cause.line);
    }
}

#[test]
fn what_nobody_knows_has_no_cause() {
    for message in ["", "\n\n", "SystemExit: 1", "JobName:etl and JobRunId:jr_1 failed to execute with exception ..."] {
        assert_eq!(cause(message), None, "{message}");
    }
}

#[test]
fn a_sign_far_into_a_long_line_is_shown() {
    let message = format!("{}é java.lang.OutOfMemoryError here", "x".repeat(500));
    let cause = cause(&message).unwrap();
    assert!(cause.line.starts_with('…') && cause.line.contains("OutOfMemoryError"), "{}", cause.line);
    // A letter that grows in lower case moves nothing.
    assert!(super::cause(&format!("{} access denied", "İ".repeat(100))).is_some());
}

#[test]
fn a_run_has_its_own_words_for_how_long_it_took() {
    let mut one = run("jr_1", "FAILED", "06:00:00", Some("06:10:00"));
    assert_eq!(one.took(at("2026-11-20T09:00:00Z")).unwrap().as_mins(), 10);
    one.ended_at = None;
    one.worked_seconds = Some(120);
    assert_eq!(one.took(at("2026-11-20T09:00:00Z")).unwrap().as_mins(), 2);
    one.worked_seconds = Some(0);
    assert_eq!(one.took(at("2026-11-20T09:00:00Z")), None);
    let running = run("jr_2", "RUNNING", "06:00:00", None);
    assert_eq!(running.took(at("2026-11-20T06:05:00Z")).unwrap().as_mins(), 5);
}
