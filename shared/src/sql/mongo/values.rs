//! Values of documents, read as what a check compares.

use jiff::Timestamp;
use mongodb::bson::{Bson, Document};

use super::names::Field;
use crate::sql::AskError;

/// A number that counts things, whichever of its types a server wrote it in
pub(super) fn count(value: Option<&Bson>) -> Option<u64> {
    match value? {
        Bson::Int32(number) => u64::try_from(*number).ok(),
        Bson::Int64(number) => u64::try_from(*number).ok(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
        Bson::Double(number) if *number >= 0.0 && number.fract() == 0.0 && *number < 9e15 => Some(*number as u64),
        _ => None,
    }
}

/// The newest time at a field of one document. A step through an array is one into each of its elements.
pub(super) fn newest(document: &Document, field: &Field) -> Result<Option<Timestamp>, AskError> {
    let mut times = Vec::new();
    for value in at(document, field) {
        times.push(match value {
            Bson::DateTime(at) => Timestamp::from_millisecond(at.timestamp_millis()),
            Bson::ObjectId(id) if field.is_id() => Timestamp::from_millisecond(id.timestamp().timestamp_millis()),
            _ => continue,
        });
    }
    // Before the year 0 and after 9999 there are no backups, only marks for "never" and "for ever".
    let times: Result<Vec<Timestamp>, _> = times.into_iter().collect();
    let times = times.map_err(|_| AskError::Unfit("the newest value is no time that a backup can have".to_owned()))?;
    Ok(times.into_iter().max())
}

/// What a field holds where it holds no time, in words
pub(super) fn kind(document: &Document, field: &Field) -> &'static str {
    match at(document, field).first() {
        Some(Bson::String(_)) => "text",
        Some(Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_)) => "numbers",
        Some(Bson::ObjectId(_)) => "ObjectIds",
        Some(Bson::Timestamp(_)) => "timestamps of the server's own",
        Some(Bson::Document(_)) => "documents",
        Some(Bson::Boolean(_)) => "booleans",
        _ => "values of another type",
    }
}

/// Everything at a field; values in an array one by one
fn at<'a>(document: &'a Document, field: &Field) -> Vec<&'a Bson> {
    let mut steps = field.steps();
    let mut values: Vec<&Bson> = steps.next().and_then(|step| document.get(step)).into_iter().collect();
    for step in steps {
        values = values
            .into_iter()
            .flat_map(elements)
            .filter_map(|value| value.as_document().and_then(|inner| inner.get(step)))
            .collect();
    }
    values.into_iter().flat_map(elements).collect()
}

fn elements(value: &Bson) -> Vec<&Bson> {
    match value {
        Bson::Array(values) => values.iter().collect(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{DateTime, doc, oid::ObjectId};

    use super::*;

    #[test]
    fn counts_come_in_three_types() {
        let table = [
            (Bson::Int32(3), Some(3)),
            (Bson::Int64(1 << 40), Some(1 << 40)),
            (Bson::Double(7.0), Some(7)),
            (Bson::Double(7.5), None),
            (Bson::Double(f64::NAN), None),
            (Bson::Int32(-1), None),
            (Bson::Null, None),
        ];
        for (value, number) in table {
            assert_eq!(count(Some(&value)), number, "{value}");
        }
    }

    #[test]
    fn the_newest_time_is_found_at_the_end_of_the_way() {
        let (old, new) = (DateTime::from_millis(1_000), DateTime::from_millis(2_000));
        let table = [
            (doc! { "at": new }, "at", Some(2)),
            (doc! { "meta": { "at": old } }, "meta.at", Some(1)),
            (doc! { "at": [old, new, "x"] }, "at", Some(2)),
            (doc! { "items": [{ "at": old }, { "at": new }, { "no": 1 }] }, "items.at", Some(2)),
            (doc! { "at": "2026-11-22" }, "at", None),
            (doc! { "other": ObjectId::from_parts(9, [0; 5], [0; 3]) }, "other", None),
            (doc! { "_id": ObjectId::from_parts(9, [0; 5], [0; 3]) }, "_id", Some(9)),
            (doc! {}, "a.b.c", None),
        ];
        for (document, field, second) in table {
            let found = newest(&document, &Field::parse(field).unwrap()).unwrap();
            assert_eq!(found.map(Timestamp::as_second), second, "{document}");
        }
    }

    #[test]
    fn a_time_that_no_backup_can_have_is_said() {
        let document = doc! { "at": DateTime::MAX };
        assert!(matches!(newest(&document, &Field::parse("at").unwrap()), Err(AskError::Unfit(_))));
    }
}
