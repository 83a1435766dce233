//! Suggestions to correct an invalid filter.
use crate::{
    FilterError,
    catalog::{self, FieldGroup},
    error::short,
};

impl FilterError {
    /// A suggested correction; `None` if none is likely.
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
            nearest(key, catalog::trace_names())?
        } else if self.message.starts_with("Invalid entity type") {
            let prefixes = FieldGroup::ALL.iter().flat_map(|group| group.prefixes().iter().rev());
            let prefix = nearest(prefix, prefixes.copied())?;
            return Some(format!("Did you mean `{prefix}.{}`?", short(key)));
        } else {
            return None;
        };
        Some(format!("Did you mean `{meant}`?"))
    }
}

/// The known word that differs by at most two edits; by one if `word` is shorter than four
/// characters.
fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    const CHARS_MAX: usize = 40;
    if CHARS_MAX < word.chars().count() {
        return None;
    }
    let word = word.to_lowercase();
    let distances = known.map(|known| (strsim::levenshtein(&word, known), known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    let slips = if word.chars().count() < 4 { 1 } else { 2 };
    (distance <= slips).then_some(nearest)
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
