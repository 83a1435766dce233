//! Rejected spans and log records, counted by reason.
//!
//! A request may contain millions of them, so only the first few are kept as samples.
use std::collections::BTreeMap;

/// The most samples that are kept.
pub(crate) const SAMPLES_MAX: usize = 3;
/// The most combinations of reason and service that are counted separately.
const REASONS_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 200;
/// The reason under which all beyond [`REASONS_MAX`] are counted.
const OTHER_REASONS: &str = "for one of many other reasons";

/// A span or log record that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The name of the span, or of the log record's event.
    pub span_name: String,
    /// The `service.name` of its resource.
    pub service_name: Option<String>,
    pub reason: String,
}

/// The rejected spans or log records of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections {
    count: u64,
    samples: Vec<Rejected>,
    counts: BTreeMap<(Option<String>, String), u64>,
}

impl Rejections {
    pub fn add(&mut self, rejected: Rejected) {
        self.count += 1;
        let Rejected { span_name, service_name, reason } = rejected;
        let service_name = service_name.map(shortened);
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(Rejected {
                span_name: shortened(span_name),
                service_name: service_name.clone(),
                reason: reason.clone(),
            });
        }
        self.add_count((service_name, reason), 1);
    }

    /// Adds the rejections of a later batch of the same request.
    pub fn extend(&mut self, later: Self) {
        self.count += later.count;
        let room = SAMPLES_MAX - self.samples.len();
        self.samples.extend(later.samples.into_iter().take(room));
        for (key, count) in later.counts {
            self.add_count(key, count);
        }
    }

    fn add_count(&mut self, key: (Option<String>, String), count: u64) {
        if self.counts.len() < REASONS_MAX || self.counts.contains_key(&key) {
            *self.counts.entry(key).or_default() += count;
        } else {
            *self.counts.entry((None, OTHER_REASONS.to_owned())).or_default() += count;
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first rejections, at most three.
    pub fn samples(&self) -> &[Rejected] {
        &self.samples
    }

    /// The number of rejections by service and reason.
    pub fn counts(&self) -> impl Iterator<Item = (Option<&str>, &str, u64)> {
        self.counts.iter().map(|((service, reason), count)| (service.as_deref(), &**reason, *count))
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(NAME_CHARS_MAX) {
        text.truncate(end);
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(name: &str, service: Option<&str>, reason: &str) -> Rejected {
        let (span_name, service_name) = (name.to_owned(), service.map(str::to_owned));
        Rejected { span_name, service_name, reason: reason.to_owned() }
    }

    #[test]
    fn many_are_counted_and_the_first_are_named() {
        let mut all = Rejections::default();
        for name in ["a", "b"] {
            all.add(rejected(name, Some("shop"), "bad"));
        }
        let mut later = Rejections::default();
        for name in ["c", "d"] {
            later.add(rejected(name, None, "worse"));
        }
        all.extend(later);
        assert_eq!(all.count(), 4);
        let names: Vec<_> = all.samples().iter().map(|it| it.span_name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let counts: Vec<_> = all.counts().collect();
        assert_eq!(counts, [(None, "worse", 2), (Some("shop"), "bad", 2)]);
    }

    #[test]
    fn a_sender_cannot_make_up_reasons_without_end() {
        let mut all = Rejections::default();
        for n in 0..10_000 {
            all.add(rejected(&"n".repeat(1000), Some(&n.to_string()), &n.to_string()));
        }
        assert_eq!(all.count(), 10_000);
        assert_eq!(all.counts().count(), REASONS_MAX + 1);
        assert_eq!(all.counts().map(|(_, _, count)| count).sum::<u64>(), 10_000);
        assert_eq!(all.samples()[0].span_name.len(), NAME_CHARS_MAX);
    }
}
