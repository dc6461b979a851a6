//! Plain text that stays plain: names and values from a database may be hostile, and a line has its width.

use crate::verify::invisible;

/// Columns that a line of a mail fills at most
pub(super) const COLUMNS: usize = 77;
/// Characters of a subject at most; SNS allows fewer than 100 and only ASCII
const SUBJECT: usize = 99;

/// A name or a value from outside: on one line, nothing invisible in it, at most `most` characters.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for word in text.split(|c: char| c.is_whitespace() || invisible(c)).filter(|word| !word.is_empty()) {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
        // The rest of a huge value is not even read.
        if kept.len() > most.saturating_mul(4) {
            break;
        }
    }
    if kept.chars().count() <= most {
        return kept;
    }
    let head: String = kept.chars().take(most.saturating_sub(3)).collect();
    format!("{}...", head.trim_end())
}

/// Whether a text holds anything that cannot be seen, or that ends a line
pub(super) fn invisible_in(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || invisible(c))
}

/// Columns that a text fills: East Asian letters and pictures take two
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    let letters = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}')
        || matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}')
        || matches!(c, '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}');
    let pictures = matches!(c, '\u{231a}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}')
        || matches!(c, '\u{1f000}'..='\u{3ffff}');
    if letters || pictures { 2 } else { 1 }
}

/// Cut to a number of columns, with an ellipsis where something is missing
pub(super) fn fit(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let (head, _) = split_at(text, most.saturating_sub(3));
    format!("{}...", head.trim_end())
}

/// The longest head that fits into `most` columns, and the rest
fn split_at(text: &str, most: usize) -> (&str, &str) {
    let mut filled = 0;
    for (index, c) in text.char_indices() {
        filled += column(c);
        if filled > most {
            return text.split_at(index);
        }
    }
    (text, "")
}

/// Breaks a text into lines: the first begins with `first`, the others with as many spaces.
pub(super) fn wrap(first: &str, text: &str) -> Vec<String> {
    let first = fit(first, COLUMNS / 2);
    let indent = " ".repeat(columns(&first));
    let room = COLUMNS - indent.len();
    let mut lines = Vec::new();
    let (mut line, mut filled) = (String::new(), 0);
    for word in text.split_whitespace() {
        let (mut word, mut wide) = (word, columns(word));
        if !line.is_empty() && filled + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            filled = 0;
        }
        while wide > room {
            let (head, rest) = split_at(word, room);
            lines.push(head.to_owned());
            (word, wide) = (rest, columns(rest));
        }
        if !line.is_empty() {
            line.push(' ');
            filled += 1;
        }
        line.push_str(word);
        filled += wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    let starts = std::iter::once(first.as_str()).chain(std::iter::repeat(indent.as_str()));
    starts.zip(lines).map(|(start, line)| format!("{start}{line}").trim_end().to_owned()).collect()
}

/// A subject: the label in brackets, then text; ASCII, one line, under 100 characters.
pub(super) fn subject(label: &str, text: &str) -> String {
    let whole = format!("[{label}] {text}");
    let ascii: String = clean(&whole, SUBJECT).chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    ascii
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_invisible_goes() {
        assert_eq!(clean("a\r\nb\u{202e}c\u{0}\t d\u{200b}", 99), "a b c d");
        assert_eq!(clean("abcdefgh", 6), "abc...");
    }

    #[test]
    fn a_wide_letter_takes_two_columns() {
        assert_eq!(columns("注文"), 4);
        assert_eq!(fit("注文注文", 7), "注文...");
    }

    #[test]
    fn what_is_wrapped_hangs_under_its_first_word() {
        let text = "one ".repeat(30);
        let lines = wrap("Why: ", &text);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("     one"));
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(first in "[a-z:]{0,60}", text in "\\PC{0,400}") {
            let lines = wrap(&first, &text);
            prop_assert!(lines.iter().all(|line| columns(line) <= COLUMNS));
            let kept: String = lines.concat().chars().filter(|c| !c.is_whitespace()).collect();
            let given: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert!(kept.ends_with(&given));
        }

        #[test]
        fn a_subject_is_ascii_and_short_whatever_is_in_it(text in "(?s:.){0,300}") {
            let subject = subject("FAIL", &text);
            prop_assert!(subject.len() < 100 && subject.is_ascii(), "{}", subject);
            prop_assert!(subject.starts_with("[FAIL]") && !subject.contains(['\n', '\r', '\t', '\0']));
        }

        #[test]
        fn what_is_cleaned_is_one_visible_line(text in "(?s:.){0,300}", most in 3_usize..80) {
            let clean = clean(&text, most);
            prop_assert!(clean.chars().count() <= most && !clean.chars().any(invisible));
        }
    }
}
