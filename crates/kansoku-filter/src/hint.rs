//! What somebody who wrote a refused filter may have meant.
use crate::{
    FilterError,
    error::short,
    trace::{METADATA_PREFIXES, MLFLOWS, OURS, TAG_PREFIXES},
};

const OTHER_PREFIXES: [&str; 5] = ["trace", "span", "feedback", "expectation", "issue"];

impl FilterError {
    /// What to write instead, where that is likely.
    pub fn hint(&self) -> Option<String> {
        let culprit = self.filter.get(self.at.clone())?.trim();
        if culprit.is_empty() {
            return None;
        }
        if self.message.starts_with("Parameter value is either not quoted") {
            let quote = if culprit.contains('\'') { '"' } else { '\'' };
            return Some(format!("Put it in quotes: {quote}{}{quote}", short(culprit)));
        }
        let (prefix, key) = culprit.split_once('.').unwrap_or(("", culprit));
        let meant = if self.message.starts_with("Invalid attribute key") {
            nearest(key, MLFLOWS.iter().chain(&OURS))?
        } else if self.message.starts_with("Invalid entity type") {
            let prefixes =
                TAG_PREFIXES.iter().rev().chain(&METADATA_PREFIXES).chain(&OTHER_PREFIXES);
            let prefix = nearest(prefix, prefixes)?;
            return Some(format!("Did you mean `{prefix}.{}`?", short(key)));
        } else {
            return None;
        };
        Some(format!("Did you mean `{meant}`?"))
    }
}

/// The known word that is a slip of the pen away.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a &'a str>) -> Option<&'a str> {
    const CHARS_MAX: usize = 40;
    if CHARS_MAX < word.chars().count() {
        return None;
    }
    let word = word.to_lowercase();
    let distances = known.map(|known| (distance(&word, known), *known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    let slips = if word.chars().count() < 4 { 1 } else { 2 };
    (distance <= slips).then_some(nearest)
}

/// How many characters are to be added, left out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let changed = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use crate::Filter;

    fn hint(filter: &str) -> Option<String> {
        Filter::parse(filter).unwrap_err().hint()
    }

    #[test]
    fn what_was_meant_is_guessed_where_it_is_near() {
        for (filter, meant) in [
            ("status = OK", "Put it in quotes: 'OK'"),
            ("STATUS = 'OK'", "Did you mean `status`?"),
            ("statsu = 'OK'", "Did you mean `status`?"),
            ("trace.durration > 5s", "Did you mean `duration`?"),
            ("tgas.env = 'x'", "Did you mean `tags.env`?"),
            ("metdata.k = 'x'", "Did you mean `metadata.k`?"),
        ] {
            assert_eq!(hint(filter).as_deref(), Some(meant), "{filter}");
        }
        for filter in ["colour = 'x'", "status = ", "name = 'x' OR", "a = 'x'"] {
            assert_eq!(hint(filter), None, "{filter}");
        }
    }
}
