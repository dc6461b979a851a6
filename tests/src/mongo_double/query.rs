//! Filters, sorts, projections and pipelines: the operators that `data-check` uses, and a refusal for any other.

use std::cmp::Ordering;

use bson::{Bson, Document};

/// What a server says of an operator that it does not know
pub(super) type Refused = String;

/// The documents that meet a filter
pub(super) fn filter(documents: Vec<Document>, filter: &Document) -> Result<Vec<Document>, Refused> {
    let mut kept = Vec::new();
    for document in documents {
        let mut meets = true;
        for (path, condition) in filter {
            if path.starts_with('$') {
                return Err(format!("unknown top level operator {path}"));
            }
            let Bson::Document(condition) = condition else { return Err("only conditions are known".to_owned()) };
            for (operator, operand) in condition {
                meets &= meets_one(&document, path, operator, operand)?;
            }
        }
        if meets {
            kept.push(document);
        }
    }
    Ok(kept)
}

fn meets_one(document: &Document, path: &str, operator: &str, operand: &Bson) -> Result<bool, Refused> {
    let values = at(document, path);
    match operator {
        "$type" => Ok(values.iter().any(|value| operand.as_i32() == Some(value.element_type() as i32))),
        "$exists" => Ok(values.is_empty() != (operand == &Bson::Boolean(true))),
        "$ne" => Ok(!values.contains(&operand)),
        "$size" => Ok(document.get_array(path).is_ok_and(|all| Some(all.len()) == size(operand))),
        _ => Err(format!("unknown operator {operator}")),
    }
}

fn size(operand: &Bson) -> Option<usize> {
    operand.as_i32().and_then(|size| usize::try_from(size).ok())
}

/// Everything at a path: a step through an array is one into each of its elements; an array at the end is itself too
fn at<'a>(document: &'a Document, path: &str) -> Vec<&'a Bson> {
    let mut steps = path.split('.');
    let mut values: Vec<&Bson> = document.get(steps.next().unwrap_or_default()).into_iter().collect();
    for step in steps {
        values = values
            .into_iter()
            .flat_map(|value| value.as_array().map_or_else(|| vec![value], |all| all.iter().collect()))
            .filter_map(|value| value.as_document()?.get(step))
            .collect();
    }
    values.iter().flat_map(|value| value.as_array().into_iter().flatten()).chain(values.iter().copied()).collect()
}

/// Sorts by one field: of several values the one at the far end counts
pub(super) fn sort(documents: &mut [Document], sort: &Document) -> Result<(), Refused> {
    let Some((path, direction)) = sort.iter().next() else { return Ok(()) };
    if direction.as_i32() != Some(-1) || sort.len() != 1 {
        return Err("only one field, downwards, is known".to_owned());
    }
    documents.sort_by(|a, b| {
        let most = |document| at(document, path).into_iter().max_by(|a, b| compare(a, b)).cloned();
        match (most(a), most(b)) {
            (Some(a), Some(b)) => compare(&b, &a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    });
    Ok(())
}

/// The order of values as the manual tells it, as far as it matters here
fn compare(a: &Bson, b: &Bson) -> Ordering {
    match (a, b) {
        (Bson::DateTime(a), Bson::DateTime(b)) => a.cmp(b),
        (Bson::ObjectId(a), Bson::ObjectId(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Bson) -> u8 {
    match value {
        Bson::Null => 0,
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => 1,
        Bson::String(_) => 2,
        Bson::Document(_) => 3,
        Bson::Array(_) => 4,
        Bson::Binary(_) => 5,
        Bson::ObjectId(_) => 6,
        Bson::Boolean(_) => 7,
        Bson::DateTime(_) => 8,
        _ => 9,
    }
}

/// One field of a document, with the documents it is in
pub(super) fn project(document: &Document, projection: &Document) -> Document {
    let mut kept = Document::new();
    for (path, wanted) in projection {
        if wanted.as_i32() == Some(1) {
            let steps: Vec<&str> = path.split('.').collect();
            keep(document, &steps, &mut kept);
        }
    }
    kept
}

fn keep(document: &Document, steps: &[&str], kept: &mut Document) {
    let [step, rest @ ..] = steps else { return };
    let Some(value) = document.get(step) else { return };
    let inner = |value: &Bson| match value {
        _ if rest.is_empty() => Some(value.clone()),
        Bson::Document(inner) => {
            let mut kept = Document::new();
            keep(inner, rest, &mut kept);
            Some(Bson::Document(kept))
        }
        _ => None,
    };
    let value = match value {
        Bson::Array(all) if !rest.is_empty() => Some(Bson::Array(all.iter().filter_map(inner).collect())),
        value => inner(value),
    };
    if let Some(value) = value {
        kept.insert(*step, value);
    }
}

/// Runs a pipeline; `other` are the documents of another collection of the database
pub(super) fn pipeline(
    mut documents: Vec<Document>,
    stages: &[Bson],
    other: impl Fn(&str) -> Vec<Document>,
) -> Result<Vec<Document>, Refused> {
    for stage in stages {
        let stage = stage.as_document().ok_or("a stage is a document")?;
        let (name, with) = stage.iter().next().ok_or("an empty stage")?;
        documents = match (name.as_str(), with) {
            ("$count", Bson::String(_)) if documents.is_empty() => Vec::new(),
            ("$count", Bson::String(into)) => {
                let mut counted = Document::new();
                counted.insert(into, i32::try_from(documents.len()).unwrap());
                vec![counted]
            }
            ("$unwind", Bson::String(path)) => documents.into_iter().flat_map(|one| unwind(&one, &path[1..])).collect(),
            ("$match", Bson::Document(condition)) => filter(documents, condition)?,
            ("$project", Bson::Document(with)) => {
                let path = with.get_str("key").map_err(|_| "only `key` is known")?.to_owned();
                documents.iter().map(|one| key(one, &path[1..])).collect()
            }
            ("$lookup", Bson::Document(with)) => lookup(documents, with, &other)?,
            (name, _) => return Err(format!("unknown stage {name}")),
        };
    }
    Ok(documents)
}

/// The one value at a path that leads through documents only
fn straight<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    match path.split_once('.') {
        None => document.get(path),
        Some((step, rest)) => straight(document.get(step)?.as_document()?, rest),
    }
}

fn replace(document: &mut Document, path: &str, value: Bson) {
    match path.split_once('.') {
        None => drop(document.insert(path, value)),
        Some((step, rest)) => {
            if let Some(Bson::Document(inner)) = document.get_mut(step) {
                replace(inner, rest, value);
            }
        }
    }
}

fn unwind(document: &Document, path: &str) -> Vec<Document> {
    match straight(document, path) {
        None | Some(Bson::Null) => Vec::new(),
        Some(Bson::Array(all)) => {
            let one = |value: &Bson| {
                let mut one = document.clone();
                replace(&mut one, path, value.clone());
                one
            };
            all.iter().map(one).collect()
        }
        Some(_) => vec![document.clone()],
    }
}

fn key(document: &Document, path: &str) -> Document {
    let mut kept = Document::new();
    if let Some(value) = straight(document, path) {
        kept.insert("key", value.clone());
    }
    kept
}

fn lookup(
    documents: Vec<Document>,
    with: &Document,
    other: impl Fn(&str) -> Vec<Document>,
) -> Result<Vec<Document>, Refused> {
    let text = |name: &str| with.get_str(name).map(str::to_owned).map_err(|_| format!("no {name}"));
    let (from, local, foreign, into) = (text("from")?, text("localField")?, text("foreignField")?, text("as")?);
    let others = other(&from);
    let joined = documents.into_iter().map(|mut document| {
        let wanted: Vec<Bson> = at(&document, &local).into_iter().cloned().collect();
        let fits = |one: &&Document| at(one, &foreign).iter().any(|id| wanted.iter().any(|key| same(key, id)));
        let parents: Vec<Bson> = others.iter().filter(fits).cloned().map(Bson::Document).collect();
        document.insert(into.clone(), parents);
        document
    });
    Ok(joined.collect())
}

/// Numbers are equal across their types
fn same(a: &Bson, b: &Bson) -> bool {
    let number = |value: &Bson| match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        #[expect(clippy::cast_precision_loss, reason = "tests have small numbers")]
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}
