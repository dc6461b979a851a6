//! Users, roles and grants, without the hashes of passwords.

use super::ask::{Asking, unreadable};
use super::catalogue::{Objects, add, text};
use super::query::Flavour;
use super::trouble;
use crate::sql::{AskError, Name};
use crate::verify::Found;

/// Most users whose grants are asked, one question each
const MOST_USERS: usize = 2000;

/// How the names of accounts begin that the engine, RDS or its proxy makes and changes by itself
const ENGINES_OWN: [&str; 4] = ["mysql.", "mariadb.sys", "rds", "AWS_"];

/// Command or column denied: the login may not read what it asks about
const DENIED: [u16; 4] = [1142, 1143, 1044, 1227];

/// The server knows of no such account
const NO_SUCH_GRANT: u16 = 1141;

/// A user or a role
pub(super) struct Account {
    user: String,
    host: String,
    role: bool,
    what: String,
}

impl Account {
    /// As a definer is written
    pub(super) fn definer(&self) -> String {
        self.to_string()
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.role { f.write_str(&self.user) } else { write!(f, "{}@{}", self.user, self.host) }
    }
}

impl Asking<'_> {
    /// Every account with what it is, and every grant with its rights
    pub(super) async fn grants(&mut self) -> Result<Found, AskError> {
        let accounts = self.accounts().await.map_err(named)?;
        let mut objects = Objects::new();
        for account in accounts.iter().filter(|account| !is_engines_own(&account.user)) {
            let kind = if account.role { "role" } else { "user" };
            objects.insert(format!("{kind} {account}"), account.what.clone());
            let user = Name::of_parts([account.user.clone()]).backticked();
            let host = Name::of_parts([account.host.clone()]).backticked();
            let at = if account.role { String::new() } else { format!("@{host}") };
            let lines = match self.texts(format!("SHOW GRANTS FOR {user}{at}")).await {
                // A server that looks no names up makes no use of an account whose host is a name.
                Err(error) if trouble::is_number(&error, &[NO_SUCH_GRANT]) => {
                    add(&mut objects, format!("{kind} {account}"), "not in use", ", ");
                    continue;
                }
                lines => lines.map_err(named)?,
            };
            for line in lines {
                let (object, rights) = grant(text(&line, 0));
                add(&mut objects, format!("grant {object} to {account}"), &rights, ", ");
            }
        }
        Ok(Found::Objects(objects))
    }

    /// Every account of the server
    pub(super) async fn accounts(&mut self) -> Result<Vec<Account>, AskError> {
        let rows = self.list(accounts(self.flavour)).await?;
        if rows.len() > MOST_USERS {
            return Err(AskError::Unfit(format!("there are more than {MOST_USERS} users")));
        }
        let account = |row: &Vec<Option<String>>| {
            let [user, host, role] = [0, 1, 2].map(|index| row.get(index).cloned().flatten());
            Some(Account { user: user?, host: host?, role: role? == "Y", what: text(row, 3).to_owned() })
        };
        rows.iter().map(|row| account(row).ok_or_else(unreadable)).collect()
    }
}

/// Whether the engine or RDS makes and changes this account by itself. Aurora has a role for each service of AWS
/// (`AWS_LAMBDA_ACCESS`), and a new version brings new ones; that somebody is a member of one is told of the member.
fn is_engines_own(user: &str) -> bool {
    ENGINES_OWN.iter().any(|beginning| user.starts_with(beginning))
        && (!user.starts_with("AWS_") || user.ends_with("_ACCESS"))
}

/// User, host, whether it is a role (MySQL's are users who may not log in), and what it is
fn accounts(flavour: Flavour) -> String {
    let (role, locked, from) = match flavour {
        Flavour::Mariadb => (
            "u.is_role",
            "JSON_VALUE(g.Priv, '$.account_locked') IN ('1', 'true')",
            "mysql.user AS u LEFT JOIN mysql.global_priv AS g ON g.User = u.User AND g.Host = u.Host",
        ),
        Flavour::Mysql(_) => ("'N'", "u.account_locked = 'Y'", "mysql.user AS u"),
    };
    format!(
        "SELECT CAST(u.User AS CHAR), CAST(u.Host AS CHAR), CAST({role} AS CHAR), \
         CAST(CONCAT_WS(', ', NULLIF(u.plugin, ''), IF({locked}, 'locked', NULL), \
         IF(u.ssl_type IN ('', 'NONE'), NULL, 'only with TLS')) AS CHAR) FROM {from} ORDER BY u.User, u.Host"
    )
}

fn named(error: AskError) -> AskError {
    if trouble::is_number(&error, &DENIED) {
        return AskError::Unfit("users and grants cannot be read: the login needs SELECT on mysql.*".to_owned());
    }
    error
}

/// What a line of `SHOW GRANTS` is about, and the rights on it. What follows the user is told with the account, except the
/// right to hand rights on; a password's hash may stand there.
fn grant(line: &str) -> (String, String) {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let option = ["WITH GRANT OPTION", "WITH ADMIN OPTION"].into_iter().find(|option| rest.ends_with(option));
    let option = option.map_or_else(String::new, |option| format!(", {}", option.to_lowercase()));
    let before_user = rest.split(" TO ").next().unwrap_or(rest).split(" FROM ").next().unwrap_or(rest);
    let before_user = before_user.split(" IDENTIFIED ").next().unwrap_or_default();
    let revoked = if verb == "REVOKE" { "without " } else { "" };
    match before_user.split_once(" ON ") {
        Some((rights, object)) => (format!("on {}", object.replace('`', "")), format!("{revoked}{rights}{option}")),
        None => (format!("of role {}", before_user.replace('`', "")), format!("member{option}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_rds_makes_for_itself_are_not_told() {
        for user in ["mysql.sys", "mariadb.sys", "rdsadmin", "rds_superuser_role", "rdsproxyadmin", "AWS_LAMBDA_ACCESS"]
        {
            assert!(is_engines_own(user), "{user}");
        }
        for user in ["mysql", "app", "AWS_deploy", "root"] {
            assert!(!is_engines_own(user), "{user}");
        }
    }

    #[test]
    fn a_grant_is_told_without_its_user_and_without_a_password() {
        let table = [
            (
                "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*D8218' REQUIRE SSL WITH GRANT OPTION",
                "on *.*",
                "USAGE, with grant option",
            ),
            ("GRANT SELECT, INSERT ON `shop`.* TO `app`@`%`", "on shop.*", "SELECT, INSERT"),
            ("GRANT SELECT (`a`), UPDATE ON `shop`.`x` TO `app`@`%`", "on shop.x", "SELECT (`a`), UPDATE"),
            ("GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `app`@`%`", "on PROCEDURE shop.p", "EXECUTE"),
            ("GRANT `reader` TO `app`@`%` WITH ADMIN OPTION", "of role reader", "member, with admin option"),
            ("GRANT `reader`@`%` TO `app`@`%`", "of role reader@%", "member"),
            ("REVOKE SELECT ON `mysql`.* FROM `app`@`%`", "on mysql.*", "without SELECT"),
        ];
        for (line, object, rights) in table {
            assert_eq!(grant(line), (object.to_owned(), rights.to_owned()), "{line}");
        }
    }
}
