//! Patterns of identifiers: `*` is any text, `?` is one character; letter case does not count, as RDS stores lower case.

/// Whether the whole identifier is what the pattern says.
pub fn matches(pattern: &str, identifier: &str) -> bool {
    // Automated snapshots and AWS Backup's carry a colon; no pattern reaches them.
    !identifier.contains(':') && means(pattern, identifier)
}

/// Whether the whole of any text is what the pattern says.
pub(crate) fn means(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    // Greedy, with one place to go back to: the last star. So no pattern takes longer than its length times the text's.
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(wanted) if *wanted == '?' || text.get(at) == Some(wanted) => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((place, from)) = star else { return false };
                star = Some((place, from + 1));
                at = from + 1;
                of = place + 1;
            }
        }
    }
    pattern.iter().skip(of).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_whole_identifier() {
        let table = [
            ("pre-maintenance-*", "pre-maintenance-orders-1", true),
            ("pre-maintenance-*", "Pre-Maintenance-1", true),
            ("pre-maintenance-*", "my-pre-maintenance-1", false),
            ("*-nightly", "orders-nightly", true),
            ("*-nightly", "orders-nightly-2", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "anything", true),
            ("*", "rds:anything", false),
            ("*job*", "awsbackup:job-1", false),
            ("abc", "abcd", false),
        ];
        for (pattern, identifier, wanted) in table {
            assert_eq!(matches(pattern, identifier), wanted, "{pattern} {identifier}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_quick() {
        assert!(!matches(&"*a".repeat(30), &"a".repeat(29)));
        assert!(!matches(&format!("{}b", "*a".repeat(31)), &"a".repeat(255)));
    }
}
