//! Asks a restored copy's data the questions of the policy, read-only, from inside the VPC.
//!
//! One invocation is one asking: the request is parsed strictly, the login fetched, one session opened, every check asked
//! within one budget of time, and the answer written to `checks/<run>.json`. The function has no state and destroys
//! nothing; `restore-drill`, which wakes it, reads the answer from the bucket and decides what comes next, asking again
//! where that may help.
//!
//! | file | what belongs there |
//! |---|---|
//! | `request` | the request, strictly; a mistake names its field |
//! | `certificates` | the roots that a server's certificate must come from |
//! | `login` | the secret or the token that opens the door |
//! | `token` | IAM tokens, signed here |
//! | `asking` | the budget of time over all checks |
//! | `inventory` | the other request: what schemas and tables there are, told at once |
//! | `wiring` | the function over AWS, for the mains; each is a build with other drivers |
//!
//! Whatever goes wrong with the copy is an answer (`trouble`), not an error: the invocation ends well, because looking and
//! not getting in is what it was asked to find out. It ends in an error where the request is wrong, and where the answer
//! could not be written, since then nobody would hear of it.

mod asking;
mod certificates;
mod inventory;
mod login;
mod request;
mod token;
mod wiring;

use jiff::Timestamp;
use lifeboat::database::Engine;
use lifeboat::ports::{Clock, Secrets, Store};
use lifeboat::run::{Environment, Handler, RunError};
use lifeboat::sql::{Connect, Door, Session as _};
use lifeboat::verify::{Answers, Baseline, Check, CheckAnswer, CheckRequest, Found, Login, Outcome, Trouble};
use serde_json::Value;

pub use asking::{ask_all, budget};
pub use certificates::ca_bundle;
pub use login::credentials;
pub use request::{BadRequest, Question, parse};
pub use token::{SignedTokens, Tokens};
pub use wiring::wired;

/// The function, over what it needs of the world.
pub struct DataCheck<St, Se, To, Co, Cl> {
    /// Where the answer goes
    pub store: St,
    /// Where the managed password comes from
    pub secrets: Se,
    /// Where IAM tokens come from
    pub tokens: To,
    /// What opens sessions
    pub connect: Co,
    /// The clock
    pub clock: Cl,
    /// Where endpoints really are
    pub environment: Environment,
}

/// Where to knock, and as whom
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Engine behind the endpoint
    pub engine: &'a Engine,
    /// Host, as AWS knows it
    pub endpoint: &'a str,
    /// Port
    pub port: u16,
    /// Database
    pub database: &'a str,
    /// How to get in
    pub login: &'a Login,
}

impl<St, Se, To, Co, Cl> DataCheck<St, Se, To, Co, Cl>
where
    St: Store,
    Se: Secrets,
    To: Tokens,
    Co: Connect,
    Cl: Clock,
{
    /// Asks, and says what came; what kept us out is part of that.
    async fn answers(&self, question: &Question, deadline: Timestamp) -> Answers {
        let asked = &question.request;
        let mut answers = unanswered(asked, self.clock.now());
        let baseline = Box::pin(self.baseline(question)).await;
        let target = Target {
            engine: &asked.engine,
            endpoint: &asked.endpoint,
            port: asked.port,
            database: &asked.database,
            login: &asked.login,
        };
        match self.open(&target).await {
            Err(trouble) => {
                tracing::warn!(run.id = asked.run, kind = ?trouble.kind, trouble = trouble.message, "could not ask the copy");
                answers.checks =
                    question.checks.iter().map(|check| CheckAnswer::not_asked(check, &trouble.message)).collect();
                answers.trouble = Some(trouble);
            }
            Ok(mut session) => {
                let opened = self.clock.now();
                answers.first_query_at = Some(opened);
                answers.server_version = Some(session.server_version().to_owned());
                let budget = budget(asked.seconds, deadline, opened);
                answers.checks = ask_all(&mut session, question, &baseline, opened, budget).await;
                session.close().await;
            }
        }
        answers.finished_at = self.clock.now();
        answers
    }

    async fn open(&self, at: &Target<'_>) -> Result<Co::Session, Trouble> {
        let (user, password) = credentials(at, &self.secrets, &self.tokens, self.clock.now()).await?;
        let (host, port) = self.environment.dial(at.endpoint, at.port);
        let (engine, database) = (at.engine.clone(), at.database.to_owned());
        self.connect.connect(&Door { engine, host, port, database, user, password }).await
    }

    /// The answers of the last passed drill, read once and only where a check compares with them
    async fn baseline(&self, question: &Question) -> Baseline {
        let asked = &question.request;
        let Some(run) = asked.compare_with.as_deref().filter(|_| question.checks.iter().any(Check::compares)) else {
            return Baseline::First;
        };
        let baseline = match self.store.read(&answers_key(run)).await {
            Ok(stored) => Baseline::read(run, &asked.database, stored.as_ref().map(|stored| stored.body.as_slice())),
            Err(fault) => Baseline::lost(run, &format!("could not be read ({fault})")),
        };
        if let Baseline::Lost { why, .. } = &baseline {
            tracing::warn!(run.id = asked.run, earlier = run, trouble = why, "nothing to compare with");
        }
        baseline
    }

    async fn write(&self, answers: &Answers) -> Result<(), RunError> {
        let key = answers_key(&answers.run);
        let failed = |why: String| RunError {
            kind: "AnswerNotWritten",
            message: format!("{} was asked, but its answer could not be written to {key}: {why}", answers.endpoint),
        };
        let body = serde_json::to_vec_pretty(answers).map_err(|error| failed(error.to_string()))?;
        self.store.put(&key, body, "application/json").await.map_err(|fault| failed(fault.to_string()))
    }
}

impl<St, Se, To, Co, Cl> Handler for DataCheck<St, Se, To, Co, Cl>
where
    St: Store + Send + 'static,
    Se: Secrets + Send + 'static,
    To: Tokens + Send + 'static,
    Co: Connect + Send + 'static,
    Cl: Clock + Send + 'static,
{
    async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
        if event.get("inventory").is_some() {
            return Box::pin(self.inventory(&event, deadline)).await;
        }
        let question =
            parse(&event).map_err(|mistake| RunError { kind: "BadRequest", message: mistake.to_string() })?;
        // Boxed: the clients' futures nest deeper than the compiler follows.
        let answers = Box::pin(self.answers(&question, deadline)).await;
        Box::pin(self.write(&answers)).await?;
        let message = summary(&answers);
        tracing::info!(
            run.id = answers.run,
            run.attempt = answers.attempt,
            database.endpoint = answers.endpoint,
            checks.passed = count(&answers, |outcome| *outcome == Outcome::Passed),
            checks.failed = count(&answers, |outcome| *outcome == Outcome::Failed),
            checks.not_asked = count(&answers, |outcome| matches!(outcome, Outcome::NotAsked { .. })),
            "data check answered"
        );
        let mut answer = serde_json::json!({ "message": message });
        if let (Value::Object(answer), Ok(Value::Object(fields))) = (&mut answer, serde_json::to_value(told(answers))) {
            answer.extend(fields);
        }
        Ok(answer)
    }

    fn examples(&self) -> &'static str {
        "@events/data-check/check-postgres.json"
    }
}

fn answers_key(run: &str) -> String {
    format!("checks/{run}.json")
}

/// What the invocation itself answers: lists of objects stay in the bucket, because a Lambda's answer has its limit (6 MB)
fn told(mut answers: Answers) -> Answers {
    for answer in &mut answers.checks {
        if matches!(answer.value, Some(Found::Objects(_) | Found::Damages { .. } | Found::Keys { .. })) {
            answer.value = None;
        }
    }
    answers
}

/// An answer before anything was asked
fn unanswered(asked: &CheckRequest, now: Timestamp) -> Answers {
    Answers {
        version: 1,
        run: asked.run.clone(),
        attempt: asked.attempt,
        endpoint: format!("{}:{}", asked.endpoint, asked.port),
        database: asked.database.clone(),
        server_version: None,
        first_query_at: None,
        restored_to: asked.restored_to,
        finished_at: now,
        trouble: None,
        checks: Vec::new(),
    }
}

fn count(answers: &Answers, which: impl Fn(&Outcome) -> bool) -> usize {
    answers.checks.iter().filter(|answer| which(&answer.outcome)).count()
}

/// The answer in a few lines: what could not be asked or is not as expected is named, the rest counted
fn summary(answers: &Answers) -> String {
    let place = format!("{}/{}", answers.endpoint, answers.database);
    if let Some(trouble) = &answers.trouble {
        return format!("{place} could not be asked: {}", trouble.message);
    }
    let passed = count(answers, |outcome| *outcome == Outcome::Passed);
    let mut lines = vec![format!("{place}: {passed} of {} checks passed", answers.checks.len())];
    lines.extend(answers.checks.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Passed => None,
        Outcome::Failed => {
            Some(format!("FAILED {}: expected {}, found {}", answer.check.asked(), answer.expected, answer.found))
        }
        Outcome::Noted => Some(format!("noted {}: {}", answer.check.asked(), answer.found)),
        Outcome::NotAsked { reason } => Some(format!("not asked {}: {reason}", answer.check.asked())),
    }));
    lines.join("\n")
}
