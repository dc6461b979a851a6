//! How much memory `data-check` needs while it asks about a table of ten million rows: the sums run in the server.
//!
//! Ignored, because the table takes its time. To measure:
//! `cargo build -p data-check --bins && cargo test -p tests --test data_check -- --ignored --nocapture ten_million`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use serde_json::{Value, json};
use tests::postgres::{OWNER, PASSWORD};

use crate::world::{Database, RESTORED_TO};

/// What `data-check` may have resident at most
const MOST_KIB: u64 = 64 * 1024;

/// The binary of the same build
fn binary() -> PathBuf {
    let folder = env::var_os("LIFEBOAT_BINARIES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned());
    folder.join("data-check")
}

/// Answers as Secrets Manager and as a bucket that takes everything; its address
fn aws() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(thread::spawn(move || serve(stream)))));
    address
}

fn serve(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let secret = json!({"username": OWNER, "password": PASSWORD}).to_string();
        let answer =
            if first.starts_with("POST") { json!({"SecretString": secret}).to_string() } else { String::new() };
        let length = answer.len();
        let head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Type: application/x-amz-json-1.1\r\n";
        write!(stream, "{head}Content-Length: {length}\r\n\r\n{answer}").ok()?;
    }
}

/// The most that the process had resident so far
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What the binary says, and the most it had resident in KiB
fn measured(database: &Database, checks: &Value) -> (String, u64) {
    let ca = tempfile::NamedTempFile::new().unwrap();
    fs::write(ca.path(), database.server.ca().unwrap()).unwrap();
    let event = json!({
        "run": "drill-orders-202611221800", "engine": "aurora-postgresql", "endpoint": "copy.rds.amazonaws.com", "port": 5432,
        "database": database.name, "restored_to": RESTORED_TO, "checks": checks,
        "login": {"method": "managed_secret", "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"},
    });
    let mut process = Command::new(binary())
        .arg(event.to_string())
        .env("AWS_ENDPOINT_URL", aws())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "eu-west-1")
        .env("LIFEBOAT_BUCKET", "bucket")
        .env("LIFEBOAT_CA_BUNDLE", ca.path())
        .env(
            "LIFEBOAT_DB_ENDPOINTS",
            json!({"copy.rds.amazonaws.com": format!("localhost:{}", database.server.port())}).to_string(),
        )
        .env_remove("AWS_LAMBDA_RUNTIME_API")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It may say more than a pipe holds.
    let mut stdout = process.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut said = String::new();
        stdout.read_to_string(&mut said).map(|_| said)
    });
    let mut peak = 0;
    while process.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(process.id()).unwrap_or_default());
        thread::sleep(Duration::from_millis(5));
    }
    (reader.join().unwrap().unwrap(), peak)
}

#[test]
#[ignore = "makes a table of ten million rows"]
fn ten_million_rows_are_asked_about_in_less_than_64_mib() {
    let database = Database::with(
        "CREATE TABLE users (id bigint); INSERT INTO users SELECT generate_series(1, 100000); ALTER TABLE users ADD PRIMARY KEY (id); \
         CREATE TABLE payouts (id bigint, user_id bigint NOT NULL, at timestamptz); \
         INSERT INTO payouts SELECT n, 1 + n % 100000, timestamptz '2026-11-22 17:59Z' - n * interval '1 s' FROM generate_series(1, 10000000) AS n; \
         ALTER TABLE payouts ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID; \
         UPDATE pg_constraint SET convalidated = true WHERE conname = 'payouts_user_id_fkey'; ANALYZE",
    );
    let checks = json!([
        {"kind": "row_count", "table": "payouts", "at_least": 10_000_000},
        {"kind": "freshness", "table": "payouts", "column": "at", "within": "1h"},
        {"kind": "orphans", "child": "payouts.user_id", "parent": "users.id"},
        {"kind": "foreign_keys", "schema": "public"},
        {"kind": "damage"},
    ]);
    let (said, peak) = measured(&database, &checks);
    println!("{said}\ndata-check had {peak} KiB resident at most");
    assert!(said.contains("\"first_query_at\"") && !said.contains("not_asked"), "{said}");
    assert!(0 < peak && peak < MOST_KIB, "{peak} KiB");
}

#[test]
#[ignore = "makes two thousand tables"]
fn forty_thousand_objects_are_listed_in_less_than_128_mib() {
    let database = Database::with("");
    for chunk in 0..20 {
        database.sql(&format!(
            "DO $$ BEGIN FOR t IN {chunk}00..{chunk}99 LOOP EXECUTE (SELECT format('CREATE TABLE t_with_a_name_%s (%s)', t, \
               string_agg(format('column_number_%s bigint NOT NULL DEFAULT 0', c), ', ')) FROM generate_series(1, 19) AS c); \
             END LOOP; END $$"
        ));
    }
    let (said, peak) = measured(&database, &json!([{"kind": "schema_unchanged"}]));
    println!("data-check had {peak} KiB resident at most");
    assert!(said.contains("40001 objects"), "{}", &said[..said.len().min(2000)]);
    assert!(0 < peak && peak < 2 * MOST_KIB, "{peak} KiB");
}
