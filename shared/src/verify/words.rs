//! Names and values from a database, harmless in a record, a log and a mail.

/// Longest value that an answer repeats, in characters
pub(super) const LONGEST_VALUE: usize = 120;

/// Longest name of an object that an answer repeats, in characters: a kind, a schema, a table and a column of usual length
pub(super) const LONGEST_NAME: usize = 100;

/// Most of anything that an answer names; the rest is counted
pub(super) const MOST_NAMED: usize = 3;

/// A text from outside on one line, nothing invisible in it, at most `most` characters and a mark where it was cut
pub(super) fn plain(text: &str, most: usize) -> String {
    let mut kept = String::new();
    let mut left = most;
    for word in text.split(|c: char| c.is_whitespace() || invisible(c)).filter(|word| !word.is_empty()) {
        if !kept.is_empty() && left > 0 {
            kept.push(' ');
            left -= 1;
        }
        let (head, rest) = word.char_indices().nth(left).map_or((word, ""), |(at, _)| word.split_at(at));
        kept.push_str(head);
        left = left.saturating_sub(head.chars().count());
        if !rest.is_empty() {
            return format!("{}… (cut)", kept.trim_end());
        }
    }
    kept
}

/// The first few, and how many more there are; `None` where there is none
pub(super) fn some_of(all: impl IntoIterator<Item = String>) -> Option<String> {
    let mut all = all.into_iter();
    let named: Vec<String> = all.by_ref().take(MOST_NAMED).collect();
    match (named.is_empty(), all.count()) {
        (true, _) => None,
        (false, 0) => Some(named.join("; ")),
        (false, more) => Some(format!("{}; and {more} more", named.join("; "))),
    }
}

/// Control characters, and those of Unicode that reorder or hide what is around them
pub(crate) fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hostile_name_becomes_one_harmless_line() {
        assert_eq!(plain("users\r\nSubject: [PASS]\u{202e}\u{0} x", 99), "users Subject: [PASS] x");
        assert_eq!(plain("abcdef", 6), "abcdef");
        assert_eq!(plain("abcdefg", 6), "abcdef… (cut)");
        assert_eq!(plain("abcdef g", 6), "abcdef… (cut)");
        assert_eq!(plain("注文注文", 3), "注文注… (cut)");
    }

    #[test]
    fn many_are_counted() {
        let names = |count: usize| some_of((0..count).map(|n| n.to_string()));
        assert_eq!(names(0), None);
        assert_eq!(names(3).as_deref(), Some("0; 1; 2"));
        assert_eq!(names(10_000).as_deref(), Some("0; 1; 2; and 9997 more"));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_short_and_visible(text in "(?s:.){0,300}", most in 0_usize..80) {
            let plain = plain(&text, most);
            prop_assert!(plain.chars().count() <= most + "… (cut)".chars().count(), "{}", plain);
            prop_assert!(!plain.contains(invisible));
        }
    }
}
