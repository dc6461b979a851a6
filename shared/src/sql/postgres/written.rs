//! Names and words of the catalogue, as an answer shows them.

/// A name of parts as a policy would write it: a part is in double quotes only where it has to be.
pub(super) fn written(parts: &[impl AsRef<str>]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| part_of(part.as_ref())).collect();
    parts.join(".")
}

fn part_of(part: &str) -> String {
    let part = on_one_line(part);
    if part.is_empty() || part.contains(['.', '"']) { format!("\"{}\"", part.replace('"', "\"\"")) } else { part }
}

/// The text without control characters: whoever named a table must not write lines of a mail
pub(super) fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// A definition on one line
pub(super) fn in_a_row(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    on_one_line(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Name;

    #[test]
    fn a_part_is_quoted_only_where_it_has_to_be() {
        let table: [(&[&str], &str); 5] = [
            (&["public", "users"], "public.users"),
            (&["sales", "order.items"], r#"sales."order.items""#),
            (&["a\"b", "c"], r#""a""b".c"#),
            (&["Select", "日本 語"], "Select.日本 語"),
            (&["x\ny", ""], r#"x\ny."""#),
        ];
        for (parts, text) in table {
            assert_eq!(written(parts), text);
        }
    }

    #[test]
    fn a_written_name_is_read_as_the_name_it_is() {
        for parts in [["a.b", "c\"d"], ["\"", "."], ["plain", "Name"]] {
            let name = Name::of_parts(parts.map(str::to_owned));
            assert_eq!(Name::parse(&written(&parts)).unwrap(), name);
        }
    }
}
