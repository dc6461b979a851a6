//! Times of day of AWS's `cron(minutes hours day-of-month month day-of-week year)`. On which days is not asked: a window of
//! every day is met on whichever day it is.

use std::collections::BTreeSet;

/// The minutes of the day at which a schedule starts something; none where the expression is not understood
pub(super) fn minutes(expression: &str) -> Option<BTreeSet<i32>> {
    let inner = expression.trim().strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let [minutes, hours, _, _, _, _] = fields.as_slice() else { return None };
    let (minutes, hours) = (field(minutes, 59)?, field(hours, 23)?);
    Some(hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect())
}

/// The numbers that a field stands for: `5`, `1,3`, `1-5`, `*`, `*/15`, `0/15`, `10-50/20`
fn field(text: &str, most: i32) -> Option<BTreeSet<i32>> {
    let mut all = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step, most).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*" | "?", _) => (0, most),
            (_, Some((from, to))) => (number(from, most)?, number(to, most)?),
            (_, None) => {
                let from = number(range, most)?;
                (from, if step.is_some() { most } else { from })
            }
        };
        if from > to {
            return None;
        }
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        all.extend((from..=to).step_by(step));
    }
    Some(all)
}

fn number(text: &str, most: i32) -> Option<i32> {
    let digits = !text.is_empty() && text.len() <= 2 && text.chars().all(|c| c.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_from_a_schedule() {
        let table: [(&str, Option<&[i32]>); 11] = [
            ("cron(0 5 ? * * *)", Some(&[300])),
            ("cron(30 3 ? * SUN *)", Some(&[210])),
            ("cron(0 0,12 * * ? *)", Some(&[0, 720])),
            ("cron(0/30 4 * * ? *)", Some(&[240, 270])),
            ("cron(*/30 4-5 * * ? *)", Some(&[240, 270, 300, 330])),
            ("cron(10-50/20 0 1 * ? *)", Some(&[10, 30, 50])),
            ("rate(12 hours)", None),
            ("cron(0 24 ? * * *)", None),
            ("cron(x 5 ? * * *)", None),
            ("cron(0 5 ? * *)", None),
            ("cron(0/0 5 ? * * *)", None),
        ];
        for (text, wanted) in table {
            let read = minutes(text).map(|read| read.into_iter().collect::<Vec<i32>>());
            assert_eq!(read.as_deref(), wanted, "{text}");
        }
    }
}
