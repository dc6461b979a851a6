//! Terraform's files as they stand.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hcl::{Block, Body, Expression};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn terraform(file: &str) -> Body {
    hcl::parse(&read(&format!("infra/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// One statement of a policy document
pub(crate) struct Statement {
    pub(crate) sid: String,
    pub(crate) allows: bool,
    pub(crate) actions: Vec<String>,
    /// `resources` as they are written, templates and all
    pub(crate) resources: String,
    /// `condition` blocks: test and variable
    pub(crate) conditions: Vec<(String, String)>,
}

/// The statements of `data "aws_iam_policy_document" "<name>"`, plain and dynamic
pub(crate) fn statements(file: &str, name: &str) -> Vec<Statement> {
    let body = terraform(file);
    let labelled = |block: &&Block| {
        let labels: Vec<&str> = block.labels().iter().map(hcl::BlockLabel::as_str).collect();
        block.identifier() == "data" && labels == ["aws_iam_policy_document", name]
    };
    let document = body.blocks().find(labelled).unwrap_or_else(|| panic!("{file} has no document {name}"));
    let read = document.body().blocks().filter_map(|block| match block.identifier() {
        "statement" => Some(statement(block.body())),
        "dynamic" => {
            assert_eq!(block.labels()[0].as_str(), "statement");
            let content = block.body().blocks().find(|block| block.identifier() == "content").expect("content");
            Some(statement(content.body()))
        }
        _ => None,
    });
    let read: Vec<_> = read.collect();
    let sids: BTreeSet<&str> = read.iter().map(|statement| statement.sid.as_str()).collect();
    assert_eq!(sids.len(), read.len(), "{name}: a sid for each intention");
    read
}

pub(crate) fn statement(body: &Body) -> Statement {
    let attribute = |key: &str| body.attributes().find(|attribute| attribute.key() == key).map(hcl::Attribute::expr);
    let condition = |block: &Block| {
        let of =
            |key: &str| block.body().attributes().find(|attribute| attribute.key() == key).map(|it| text(it.expr()));
        (of("test").expect("test"), of("variable").expect("variable"))
    };
    let Some(Expression::Array(actions)) = attribute("actions") else { panic!("actions have to be a plain list") };
    let resources = attribute("resources").or_else(|| attribute("not_resources"));
    Statement {
        sid: attribute("sid").map(text).expect("every statement has a sid"),
        allows: attribute("effect").is_none_or(|effect| text(effect) == "Allow"),
        actions: actions.iter().map(text).collect(),
        resources: resources.map(|it| hcl::format::to_string(it).unwrap()).unwrap_or_default(),
        conditions: body.blocks().filter(|block| block.identifier() == "condition").map(condition).collect(),
    }
}

pub(crate) fn text(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.clone(),
        other => panic!("a plain text is wanted here, not {other:?}"),
    }
}

pub(crate) fn allowed(statements: &[Statement]) -> BTreeSet<String> {
    statements.iter().filter(|statement| statement.allows).flat_map(|statement| statement.actions.clone()).collect()
}

pub(crate) fn set(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}
