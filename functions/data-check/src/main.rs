//! Wires `data-check` to the world and runs it.

use std::process::ExitCode;

use data_check::wired;
use lifeboat::run::run;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match wired().await {
        Ok(data_check) => run("data-check", data_check).await,
        // Every event is refused with the error itself.
        Err(error) => run("data-check", error).await,
    }
}
