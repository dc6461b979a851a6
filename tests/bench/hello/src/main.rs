//! A Lambda that says hello: its cost is what the Rust runtime costs before anything is done.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: LambdaEvent<Value>| async { Ok::<Value, Error>(json!({"message": "hello"})) })).await
}
