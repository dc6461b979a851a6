//! The mail about live tables that a check found broken.

use super::command::invoke;
use super::drill::listed;
use super::letter::{Letter, Mail};
use crate::tables::TableName;

/// What a look at live tables came to, and what was done
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// The database's name in the policy
    pub database: String,
    /// The job whose run is over
    pub job: Option<String>,
    /// Checks that failed, each with what was found
    pub failed: Vec<String>,
    /// Checks that could not be asked, each with why
    pub not_asked: Vec<String>,
    /// How many passed
    pub passed: usize,
    /// Tables that were put back, each with the backup
    pub restored: Vec<(TableName, String)>,
    /// What was told of it
    pub notes: Vec<String>,
    /// Tables that could not be put back, each with why
    pub not_restored: Vec<(TableName, String)>,
    /// Whether the checks passed when they were asked again after the restore
    pub well_again: Option<bool>,
    /// Tables that have a backup and were left as they are, each with the backup
    pub could_be_restored: Vec<(TableName, String)>,
}

/// The mail; none where everything passed
pub fn verified_mail(told: &Verified) -> Option<Mail> {
    if told.failed.is_empty() && told.not_asked.is_empty() && told.passed > 0 {
        return None;
    }
    let name = &told.database;
    let job = told.job.as_ref().map(|job| format!(" after {job}")).unwrap_or_default();
    let failed = told.failed.len();
    let (label, happened) = if failed > 0 {
        ("FAIL", format!("{failed} of {} checks of {name}{job} failed.", failed + told.passed + told.not_asked.len()))
    } else {
        ("INCONCLUSIVE", format!("The tables of {name}{job} could not be looked at."))
    };
    let (restored, left) = (told.restored.len(), told.not_restored.len());
    let (at_risk, to_do) = match (restored, left, told.well_again) {
        (0, 0, _) if failed > 0 => {
            ("Yes: the live tables are as the job left them.", "Look below; put them back with:")
        }
        (0, 0, _) => {
            ("Not known: nothing was looked at, and nothing was changed.", "Ask again; look at what kept us out.")
        }
        (_, 0, Some(true)) => {
            ("No: the tables were put back, and the checks pass.", "Repair the job; then run it again.")
        }
        (_, 0, _) => ("Perhaps: the tables were put back; checks still fail.", "Look at the checks below."),
        _ => ("Yes: not every table could be put back.", "Look below at what could not be put back."),
    };
    let mut letter = Letter::opening(&happened, at_risk, to_do);
    for (table, backup) in &told.could_be_restored {
        // By its id: the newest may be another one by the time that this is pasted.
        let request = serde_json::json!({"database": name, "table": table, "backup": backup});
        if let Some(command) = invoke("table-backup", &[("restore", request)]) {
            letter.command(&command);
        }
    }
    listed(&mut letter, "CHECKS THAT FAILED", told.failed.iter().cloned());
    listed(&mut letter, "CHECKS THAT COULD NOT BE ASKED", told.not_asked.iter().cloned());
    let put = |(table, what): &(TableName, String)| format!("{table}: {what}");
    listed(&mut letter, "PUT BACK", told.restored.iter().map(put));
    listed(&mut letter, "TOLD OF IT", told.notes.iter().cloned());
    listed(&mut letter, "NOT PUT BACK", told.not_restored.iter().map(put));
    for (table, _) in &told.restored {
        letter.gap();
        let request = serde_json::json!({"database": name, "table": table, "undo": true});
        if let Some(command) = invoke("table-backup", &[("restore", request)]) {
            letter.say("", &format!("To take back what was done to {table}:"));
            letter.command(&command);
        }
    }
    let about = match (failed, restored) {
        (0, _) => format!("tables of {name} could not be checked"),
        (_, 0) => format!("tables of {name} are broken"),
        _ => format!("tables of {name} were broken: {restored} put back"),
    };
    Some(letter.sealed(label, &about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_that_helped_says_so_and_how_to_take_it_back() {
        let table = TableName::new("silver", "tenants");
        let told = Verified {
            database: "warehouse".to_owned(),
            job: Some("daily-etl".to_owned()),
            failed: vec!["rows in silver.tenants: 0, expected at least 100".to_owned()],
            passed: 1,
            restored: vec![(table, "as in backup warehouse-20261120191000".to_owned())],
            well_again: Some(true),
            ..Verified::default()
        };
        insta::assert_snapshot!(verified_mail(&told).map(|mail| format!("{}\n\n{}", mail.subject, mail.body)).unwrap());
    }

    #[test]
    fn nobody_is_told_what_is_well_and_not_looking_is_never_well() {
        let well = Verified { database: "w".to_owned(), passed: 2, ..Verified::default() };
        assert_eq!(verified_mail(&well), None);
        let blind = Verified { passed: 0, ..well };
        assert!(verified_mail(&blind).unwrap().subject.starts_with("[INCONCLUSIVE]"));
        let left = Verified {
            failed: vec!["rows in a.b: 0".to_owned()],
            could_be_restored: vec![(TableName::new("a", "b"), "w-20261120191000".to_owned())],
            ..blind
        };
        let mail = verified_mail(&left).unwrap();
        assert!(
            mail.subject.starts_with("[FAIL]") && mail.body.contains("\"backup\":\"w-20261120191000\""),
            "{}",
            mail.body
        );
    }
}
