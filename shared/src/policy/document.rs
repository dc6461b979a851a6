//! JSON text to a value, refusing what a plain JSON reader lets pass: a key written twice keeps only its last value, so
//! that a whole database could fall out of the policy unseen.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::mistake::Mistakes;

/// The document of a text, its keys in the order written.
pub(crate) fn document(text: &str) -> Result<Value, Mistakes> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = OnceEach.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        Mistakes::one("", format!("cannot be read as JSON: {error}"), "valid JSON, each key once", None)
    })
}

struct OnceEach;

impl<'de> DeserializeSeed<'de> for OnceEach {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OnceEach {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(OnceEach)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {} is written twice", Value::String(key))));
            }
            let value = entries.next_value_seed(OnceEach)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_the_order_of_its_keys() {
        let value = document("\u{feff} {\"b\": [1, -2, 2.5, true, null, \"x\"], \"a\": {}} ").unwrap();
        assert_eq!(value.to_string(), r#"{"b":[1,-2,2.5,true,null,"x"],"a":{}}"#);
    }

    #[test]
    fn a_slip_of_the_pen_is_told_with_its_line_and_column() {
        let mistakes = document("{\n  \"a\": 1,\n}").unwrap_err().to_string();
        assert!(mistakes.contains("line 3 column 1"), "{mistakes}");
        let mistakes = document("{} {}").unwrap_err().to_string();
        assert!(mistakes.contains("line 1 column 4"), "{mistakes}");
    }

    #[test]
    fn a_key_written_twice_is_refused_though_json_allows_it() {
        let mistakes = document("{\"a\": {\"orders\": 1,\n \"orders\": 2}}").unwrap_err().to_string();
        assert!(mistakes.contains("\"orders\" is written twice at line 2"), "{mistakes}");
    }
}
