//! Situations of inventories.

use jiff::tz::TimeZone;

use super::*;

fn table(name: &str, rows: u64, writes: u64) -> TableFacts {
    TableFacts {
        name: name.to_owned(),
        rows: Some(rows),
        bytes: Some(rows * 100),
        last_change: None,
        writes: Some(writes),
    }
}

fn schema(name: &str, tables: Vec<TableFacts>) -> SchemaFacts {
    SchemaFacts { name: name.to_owned(), tables }
}

fn taken(at: &str, schemas: Vec<SchemaFacts>) -> Inventory {
    Inventory {
        version: 1,
        endpoint: "prod.example:5432".to_owned(),
        database: "app".to_owned(),
        taken_at: at.parse().unwrap(),
        schemas,
    }
}

fn now(schemas: Vec<SchemaFacts>) -> Inventory {
    taken("2026-11-22T18:00:00Z", schemas)
}

fn earlier(schemas: Vec<SchemaFacts>) -> Inventory {
    taken("2026-10-22T18:00:00Z", schemas)
}

fn marked(now: &Inventory, earlier: Option<&Inventory>) -> Vec<(Marked, String)> {
    let marks = marks(now, earlier, &BackupTables::default(), &TimeZone::UTC);
    marks.into_iter().map(|mark| (mark.marked, mark.why)).collect()
}

#[test]
fn what_is_worth_a_look_is_marked_with_its_reason() {
    let all = now(vec![
        schema("app", vec![table("users", 10, 1)]),
        schema("old ", vec![]),
        schema("a.b", vec![table("x\n", 1, 1)]),
    ]);
    assert_eq!(
        marked(&all, None),
        [
            (Marked::Empty, "schema old has no tables".to_owned()),
            (Marked::OddName, "the name of schema \"old\" has a blank at its beginning or end".to_owned()),
            (Marked::OddName, "the name of schema \"a.b\" has a dot in it".to_owned()),
            (Marked::OddName, "the name of table \"a.b.x\" has a character that cannot be seen".to_owned()),
        ]
    );
}

#[test]
fn a_backup_table_is_as_old_as_its_name_or_else_its_last_change_says() {
    let changed = |name: &str, at: &str| TableFacts { last_change: Some(at.parse().unwrap()), ..table(name, 1, 1) };
    let cases = [
        (table("users_backup_20261023", 1, 1), None),
        (table("users_backup_20261022", 1, 1), Some((Marked::OldBackup, "is 31 days old, as its name says; 30 are"))),
        (table("users_backup_2026_02_04", 1, 1), Some((Marked::OldBackup, "is 291 days old, as its name says"))),
        (table("users_20260204", 1, 1), None),
        (
            changed("users_bak", "2026-01-01T00:00:00Z"),
            Some((Marked::OldBackup, "is 325 days old, as its last change")),
        ),
        (changed("users_bak", "2026-11-20T00:00:00Z"), None),
        (
            changed("users_bak_20991231", "2026-01-01T00:00:00Z"),
            Some((Marked::OldBackup, "is 325 days old, as its last")),
        ),
        (table("users_bak", 1, 1), Some((Marked::BackupOfUnknownAge, "tells nothing of its age"))),
    ];
    for (table, want) in cases {
        let name = table.name.clone();
        let got = marked(&now(vec![schema("s", vec![table])]), None);
        match want {
            None => assert_eq!(got, [], "{name}"),
            Some((kind, said)) => {
                assert_eq!(got.len(), 1, "{name}: {got:?}");
                assert_eq!(got[0].0, kind);
                assert!(got[0].1.starts_with(&format!("backup table s.{name} {said}")), "{}", got[0].1);
            }
        }
    }
}

#[test]
fn unwritten_is_said_only_where_everything_shows_it() {
    let at = |at: &str| Some(at.parse().unwrap());
    let bare = |rows| TableFacts { writes: None, ..table("t", rows, 0) };
    let timed = |time: &str| TableFacts { last_change: at(time), ..bare(5) };
    let cases = [
        (table("t", 5, 7), table("t", 5, 7), Written::No),
        (table("t", 5, 7), table("t", 5, 8), Written::Yes),
        (table("t", 5, 7), table("t", 6, 7), Written::Yes),
        // The counter began anew
        (table("t", 5, 7), table("t", 5, 6), Written::CannotTell),
        (table("t", 5, 7), table("t", 9, 0), Written::CannotTell),
        // Estimates alone prove nothing when they stand still
        (bare(5), bare(5), Written::CannotTell),
        (bare(5), bare(6), Written::Yes),
        (timed("2026-01-01T00:00:00Z"), timed("2026-01-01T00:00:00Z"), Written::No),
        (timed("2026-01-01T00:00:00Z"), timed("2026-11-01T00:00:00Z"), Written::Yes),
        (timed("2026-01-01T00:00:00Z"), bare(5), Written::CannotTell),
        (table("gone", 5, 7), table("t", 5, 7), Written::Yes),
    ];
    for (then, is, want) in cases {
        let (before, after) = (earlier(vec![schema("s", vec![then])]), schema("s", vec![is]));
        assert_eq!(written(&after, Some(&before)), want, "{before:?} {after:?}");
        let all = now(vec![after]);
        let said = marked(&all, Some(&before)).iter().any(|(marked, _)| *marked == Marked::Unwritten);
        assert_eq!(said, want == Written::No);
    }
    let one = schema("s", vec![table("t", 5, 7)]);
    assert_eq!(written(&one, None), Written::CannotTell);
    assert_eq!(written(&one, Some(&earlier(vec![]))), Written::CannotTell);
    let mixed = |writes| schema("s", vec![table("a", 1, 1), table("b", 1, writes)]);
    assert_eq!(written(&mixed(3), Some(&earlier(vec![mixed(4)]))), Written::CannotTell);
    assert_eq!(written(&mixed(5), Some(&earlier(vec![mixed(4)]))), Written::Yes);
}

#[test]
fn the_message_is_a_short_table_with_what_is_worth_a_look() {
    let tables = || (0..80).map(|n| table(&format!("t{n}"), 1_000_000, 7)).collect::<Vec<_>>();
    let mut copy = tables();
    copy.truncate(79);
    let then = earlier(vec![schema("app_copy", copy.clone())]);
    let mut app = tables();
    app[0].last_change = Some("2026-11-22T17:59:00Z".parse().unwrap());
    app.push(table("users_backup_20260204", 50, 1));
    let hostile = format!("x\r\n{}\u{202e}", "long".repeat(40));
    let all =
        now(vec![schema("app", app), schema("app_copy", copy), schema("old.2024", vec![]), schema(&hostile, vec![])]);
    let lines = lines(&all, Some(&then));
    let marks = marks(&all, Some(&then), &BackupTables::default(), &TimeZone::UTC);
    insta::assert_snapshot!(told(&all, &lines, &marks, "Compared with 2026-10-22 18:00:00 UTC"));
}

#[test]
fn ten_thousand_schemas_make_a_short_message() {
    let all = now((0..10_000).map(|n| schema(&format!("s{n}."), vec![])).collect());
    let (lines, marks) = (lines(&all, None), marks(&all, None, &BackupTables::default(), &TimeZone::UTC));
    let said = told(&all, &lines, &marks, "The first of this name");
    assert!(said.lines().count() < 60 && said.contains("and 9980 more smaller schemas"), "{said}");
    assert!(said.contains("and 19980 more marks"), "{said}");
}
