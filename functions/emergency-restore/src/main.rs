//! emergency-restore: see the library for its story.

use std::process::ExitCode;

use lifeboat::run::{RunError, run};

const NAME: &str = "emergency-restore";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run(NAME, RunError::failed("not wired to AWS yet")).await
}
