//! Rendered policies and their reader.

use std::collections::BTreeSet;

use hcl::Expression;
use lifeboat::policy::Policy;

use crate::terraform::{read, set, terraform};

#[test]
fn the_policy_that_terraform_renders_is_one_that_the_functions_read() {
    let table = [
        ("minimal", ["weekly"].as_slice()),
        ("full", &["weekly", "dr-yearly", "quarterly"]),
        ("kinds", &["weekly", "by-name", "dr"]),
    ];
    for (file, drills) in table {
        let text = read(&format!("infra/tests/fixtures/{file}.policy.json"));
        let policy = Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{file}: {mistakes}"));
        let orders = policy.database("orders").expect("orders");
        let names: Vec<&str> = orders.drills.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, drills, "{file}: the first drill is the one that Terraform was told");
        assert_eq!(policy.timezone, "Asia/Tokyo");
    }
}

#[test]
fn terraform_takes_every_kind_of_check_that_a_policy_has() {
    use lifeboat::verify::Check;
    let body = terraform("policy.tf");
    let locals = body.blocks().filter(|block| block.identifier() == "locals");
    let mut attributes = locals.flat_map(|block| block.body().attributes());
    let keys = attributes.find(|attribute| attribute.key() == "check_keys").expect("check_keys");
    let Expression::Object(keys) = keys.expr() else { panic!("check_keys has to be an object") };
    let known: BTreeSet<String> = keys.keys().map(ToString::to_string).collect();
    assert_eq!(known, set(&Check::KINDS));
}

#[test]
fn what_terraform_renders_of_the_full_example_is_what_its_author_meant() {
    let meant = Policy::parse(&read("shared/src/policy/example.json")).unwrap();
    let mut rendered = Policy::parse(&read("infra/tests/fixtures/full.policy.json")).unwrap();
    for (name, database) in &mut rendered.databases {
        // Drills after the first are in alphabetical order, which has no meaning.
        let order = &meant.database(name).unwrap().drills;
        database.drills.sort_by_key(|(drill, _)| order.iter().position(|(known, _)| known == drill));
    }
    assert_eq!(rendered, meant);
}

#[test]
fn where_a_live_database_is_reaches_the_functions_whole() {
    use lifeboat::database::Engine;
    use lifeboat::policy::Live;
    use lifeboat::tables::Keep;
    use lifeboat::verify::Login;
    let policy = Policy::parse(&read("infra/tests/fixtures/kinds.policy.json")).unwrap();
    let secret = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/orders-AbCdEf";
    let orders = Live {
        endpoint: "prod-orders.cluster-abc.ap-northeast-1.rds.amazonaws.com".to_owned(),
        port: 3307,
        database: "silver".to_owned(),
        engine: Engine::from("aurora-mysql"),
        login: Login::ManagedSecret { secret_arn: Some(secret.to_owned()) },
        largest_gib: 20,
        keep: Keep { last: 5, days: 21 },
    };
    assert_eq!(policy.database("orders").unwrap().live, Some(orders));
    let ledger = policy.database("ledger").unwrap().live.clone().unwrap();
    assert_eq!((ledger.port, ledger.login), (5432, Login::Iam { user: "lifeboat".to_owned() }));
    assert_eq!(policy.database("profiles").unwrap().live, None);
}

#[test]
fn terraform_opens_the_ports_that_the_functions_dial() {
    let text = read("infra/table_backup.tf");
    let rule = "endswith(live.engine, \"mysql\") || live.engine == \"mariadb\" ? local.database_ports.mysql : local.database_ports.postgres";
    assert!(text.contains(rule), "the engines' own ports are decided elsewhere");
    for (engine, port) in
        [("mysql", 3306), ("aurora-mysql", 3306), ("mariadb", 3306), ("postgres", 5432), ("aurora-postgresql", 5432)]
    {
        let live = serde_json::json!({"endpoint": "prod", "database": "app", "engine": engine, "login": {"method": "iam", "user": "l"}});
        let databases = serde_json::json!({"orders": {"kind": "aurora", "identifier": "prod-orders", "live": live}});
        let policy = Policy::parse(&serde_json::json!({"version": 1, "databases": databases}).to_string()).unwrap();
        assert_eq!(policy.database("orders").unwrap().live.as_ref().unwrap().port, port, "{engine}");
    }
}
