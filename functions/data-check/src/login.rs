//! What opens the door: the secret that RDS manages for the copy, or an IAM token.

use jiff::Timestamp;
use lifeboat::database::Dialect;
use lifeboat::ports::Secrets;
use lifeboat::sql::Password;
use lifeboat::verify::{Login, Trouble, TroubleKind};
use serde::Deserialize;

use crate::Target;
use crate::token::Tokens;

/// What RDS keeps in a managed secret; a secret made by hand may say more
#[derive(Deserialize)]
struct ManagedSecret {
    username: String,
    password: String,
}

/// The user and its password for this request
pub async fn credentials<Se: Secrets, To: Tokens>(
    asked: &Target<'_>,
    secrets: &Se,
    tokens: &To,
    now: Timestamp,
) -> Result<(String, Password), Trouble> {
    match asked.login {
        Login::ManagedSecret { secret_arn: Some(arn) } => {
            let text = secrets
                .secret(arn)
                .await
                .map_err(|fault| kept_out(format!("the secret could not be read: {fault}")))?;
            // A parser's message may quote the text, and the text is a password.
            let secret: ManagedSecret = serde_json::from_str(&text)
                .map_err(|_| kept_out(format!("the secret {arn} is not JSON with the texts username and password")))?;
            Ok((secret.username, Password::new(secret.password)))
        }
        Login::ManagedSecret { secret_arn: None } => {
            Err(kept_out("the request names no secret: RDS has not made the copy's secret yet".to_owned()))
        }
        // DocumentDB takes IAM in another way (MONGODB-AWS), which is not built in: a token would be a wrong password there.
        Login::Iam { .. } if asked.engine.dialect() == Some(Dialect::Mongo) => {
            Err(kept_out("IAM login is not there for DocumentDB: let the policy say managed_secret".to_owned()))
        }
        Login::Iam { user } => {
            // Signed for the endpoint as AWS knows it, wherever the connection really goes.
            let token = tokens.token(asked.endpoint, asked.port, user, now).await;
            let token = token.map_err(|fault| kept_out(format!("no IAM token could be signed: {fault}")))?;
            Ok((user.clone(), token))
        }
    }
}

fn kept_out(message: String) -> Trouble {
    Trouble { kind: TroubleKind::Login, message }
}
