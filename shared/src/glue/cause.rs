//! A likely cause, told from an error message, with the line that led to it.
//!
//! A guess is told as one: the line stands beside it, so that whoever reads can see whether it is right.

/// A likely cause
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In words
    pub words: &'static str,
    /// What helps
    pub advice: &'static str,
    /// The line of the message that led to it
    pub line: String,
}

struct Known {
    words: &'static str,
    advice: &'static str,
    /// Any of these, in lower case, in one line
    signs: &'static [&'static str],
}

/// Most lines of a message that are looked at
const MOST_LINES: usize = 500;
/// Most characters of a line that are looked at
const LONGEST_LINE: usize = 2000;

/// The more telling first: a dbt model that failed because a table is missing is told as that, and one that ran out of memory
/// as out of memory.
const KNOWN: [Known; 9] = [
    Known {
        words: "it ran out of memory",
        advice: "Give it larger or more workers, or read less at once (partitions, batches).",
        signs: &[
            "outofmemory",
            "out of memory",
            "java heap space",
            "gc overhead limit",
            "exceeding memory limits",
            "exceeding physical memory",
            "exit status 137",
            "exit code 137",
            "exitcode: 137",
            "no space left on device",
            "oom-killed",
            "memoryerror",
        ],
    },
    Known {
        words: "too many runs of this job at once",
        advice: "A run was still under way. Raise the job's maximum concurrency, or start it later.",
        signs: &[
            "concurrentrunsexceeded",
            "concurrent runs exceeded",
            "max concurrent runs",
            "resource limit exceeded",
        ],
    },
    Known {
        words: "access was denied",
        advice: "Look at the job's role, the bucket's and the key's policies, and the database user's grants.",
        signs: &[
            "accessdenied",
            "access denied",
            "not authorized to perform",
            "unauthorizedoperation",
            "permission denied",
            "insufficient privilege",
            "status code: 403",
            "command denied to user",
            "password authentication failed",
            "expiredtoken",
        ],
    },
    Known {
        words: "it could not connect to the database",
        advice: "Look whether the database is up, and at the connection's subnet, security group and secret.",
        signs: &[
            "could not connect",
            "unable to connect",
            "can't connect to",
            "connection refused",
            "connection timed out",
            "connect timed out",
            "communications link failure",
            "no route to host",
            "unknownhostexception",
            "could not translate host name",
            "name or service not known",
            "too many connections",
            "remaining connection slots",
            "server has gone away",
            "lost connection to mysql",
            "connection reset",
            "server closed the connection",
        ],
    },
    Known {
        words: "the schema has changed",
        advice: "Something that it reads or writes has another shape than it expects: a column, a type or a table.",
        signs: &[
            "unknown column",
            "no such column",
            "undefinedcolumn",
            "undefinedtable",
            "cannot resolve '",
            "cannot resolve \"",
            "unresolved_column",
            "schema mismatch",
            "analysisexception",
            "table or view not found",
            "data truncated for column",
            "data too long for column",
            "doesn't exist",
            "does not exist",
            "incompatible schema",
        ],
    },
    Known {
        words: "a post-hook of dbt failed",
        advice: "The model was built, and what had to follow was not done. Look at the hook before the model is run again.",
        signs: &["post-hook", "post_hook", "post hook", "on-run-end", "on_run_end"],
    },
    Known {
        words: "a dbt model or test failed",
        advice: "What comes after it in the graph was skipped, what came before was written.",
        signs: &[
            "database error in model",
            "compilation error in model",
            "runtime error in model",
            "database error in snapshot",
            "database error in seed",
            "failure in model",
            "failure in test",
            "dbt run failed",
            "dbt test failed",
            "dbt build failed",
            "completed with 1 error",
            "dbtruntimeerror",
            "dbt.exceptions",
        ],
    },
    Known {
        words: "rows contradict a rule of the database",
        advice: "A key is there twice, a parent is missing, or a column is empty: look at what was loaded.",
        signs: &[
            "duplicate entry",
            "duplicate key value",
            "violates unique constraint",
            "violates foreign key",
            "foreign key constraint fails",
            "violates not-null",
            "violates check constraint",
            "cannot be null",
        ],
    },
    Known {
        words: "a lock or a statement took too long",
        advice: "Something else held the tables. Look for long transactions at that time.",
        signs: &[
            "lock wait timeout",
            "deadlock found",
            "deadlock detected",
            "lock timeout",
            "statement timeout",
            "canceling statement due to",
        ],
    },
];

/// The likely cause that a message tells, if it is a common one
pub fn cause(message: &str) -> Option<Cause> {
    let lines: Vec<String> = message
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(MOST_LINES)
        .map(|line| line.chars().take(LONGEST_LINE).collect())
        .collect();
    for known in &KNOWN {
        for line in &lines {
            let lower = line.to_lowercase();
            if let Some(at) = known.signs.iter().filter_map(|sign| lower.find(sign)).min() {
                return Some(Cause { words: known.words, advice: known.advice, line: around(line, &lower, at) });
            }
        }
    }
    None
}

/// Most characters before the sign that are kept of a long line
const BEFORE: usize = 80;

/// The line, begun nearer to what matters where much stands before it. A letter may change its length with its case, so the
/// place in the line is only taken where both have the same length.
fn around(line: &str, lower: &str, at: usize) -> String {
    let head = if line.len() == lower.len() { line.get(..at) } else { None };
    match head.map(|head| head.chars().count()).filter(|before| *before > BEFORE) {
        Some(before) => std::iter::once('…').chain(line.chars().skip(before - BEFORE)).collect(),
        None => line.to_owned(),
    }
}
