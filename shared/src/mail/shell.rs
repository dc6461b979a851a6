//! Commands as a shell reads them: whole, quoted, and no wider than a line of a mail.

use super::text::COLUMNS;

/// A command with the words that introduce it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// What it is for, where that does not go without saying
    pub says: Option<&'static str>,
    /// Its arguments, not quoted yet
    args: Vec<String>,
}

impl Command {
    /// A command of these arguments, which need no quotes
    pub(super) fn new(args: &[&str]) -> Self {
        Self { says: None, args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// With words that introduce it
    pub(super) fn saying(self, says: &'static str) -> Self {
        Self { says: Some(says), ..self }
    }

    /// Its lines, as they are pasted
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = "  ".to_owned();
        for unit in units(&self.args) {
            let fits = |line: &str| line.len() + unit.len() + 3 <= COLUMNS;
            if !fits(&line) && !line.trim().is_empty() {
                lines.push(format!("{} \\", line.trim_end()));
                "    ".clone_into(&mut line);
            }
            if fits(&line) {
                line.push_str(&unit);
                line.push(' ');
                continue;
            }
            // Wider than a line: a backslash at its end joins the pieces to one word again, so they may not be indented.
            let mut pieces = unit_pieces(&unit);
            line = pieces.pop().map(|last| format!("{last} ")).unwrap_or_default();
            lines.extend(pieces.into_iter().map(|piece| format!("{piece}\\")));
        }
        lines.push(line.trim_end().to_owned());
        lines
    }
}

/// A flag with its value, or a word, quoted
fn units(args: &[String]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut after_flag = false;
    for arg in args {
        let is_flag = arg.starts_with("--");
        match units.last_mut() {
            Some(flag) if after_flag && !is_flag && flag.len() + 1 + quoted(arg).len() + 7 <= COLUMNS => {
                flag.push(' ');
                flag.push_str(&quoted(arg));
            }
            _ => units.push(quoted(arg)),
        }
        after_flag = is_flag;
    }
    units
}

/// Pieces of a quoted word that each fit on a line and mean the same when joined
fn unit_pieces(unit: &str) -> Vec<String> {
    let most = COLUMNS - 3;
    let (inner, is_quoted) = match unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) => (inner, true),
        None => (unit, false),
    };
    let mut pieces = Vec::new();
    let mut piece = String::new();
    // An escaped quote stays in one piece.
    for part in inner.split_inclusive("'\\''") {
        let (plain, escape) = part.strip_suffix("'\\''").map_or((part, ""), |plain| (plain, "'\\''"));
        for c in plain.chars().map(String::from).chain((!escape.is_empty()).then(|| escape.to_owned())) {
            if piece.len() + c.len() > most - 2 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push_str(&c);
        }
    }
    pieces.push(piece);
    if !is_quoted {
        return pieces;
    }
    pieces.into_iter().map(|piece| format!("'{piece}'")).collect()
}

/// An argument as a shell reads it back
fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.to_owned() } else { format!("'{}'", arg.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a shell would read: joins continued lines, takes the quotes off. Enough of one for what is written here.
    fn read_back(lines: &[String]) -> Vec<String> {
        let text = lines.join("\n").replace("\\\n", "");
        let (mut words, mut word, mut inside, mut begun) = (Vec::new(), String::new(), false, false);
        let mut letters = text.chars();
        while let Some(c) = letters.next() {
            match c {
                '\'' => (inside, begun) = (!inside, true),
                '\\' if !inside => word.extend(letters.next()),
                ' ' if !inside => {
                    if begun {
                        words.push(std::mem::take(&mut word));
                    }
                    begun = false;
                }
                _ => {
                    word.push(c);
                    begun = true;
                }
            }
        }
        if begun {
            words.push(word);
        }
        words
    }

    proptest! {
        #[test]
        fn a_command_means_the_same_however_it_is_broken(
            args in prop::collection::vec("[ -~]{0,200}|--[a-z-]{1,60}", 1..9),
        ) {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let lines = Command::new(&args).lines();
            prop_assert!(lines.iter().all(|line| line.len() <= COLUMNS), "{:#?}", lines);
            prop_assert_eq!(read_back(&lines), args, "{:#?}", lines);
        }
    }
}
