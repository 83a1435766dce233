//! One pass over a span's attributes: of each fact the best attribute that says it.
//!
//! Runs for every span that comes in, so it copies nothing and builds nothing.
use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;

use super::table::{self, Says};
use super::usage;
use crate::value::{is_empty, plain_text};

/// What an attribute can say of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Inputs,
    Outputs,
    Model,
    Provider,
    Session,
    User,
    TraceName,
    Tools,
    MessageFormat,
    ServiceTier,
    /// An object of token counts.
    Usage,
    InputTokens,
    OutputTokens,
    TotalTokens,
    CacheReadTokens,
    CacheWriteTokens,
    CacheWriteLongTokens,
    ReasoningTokens,
    /// Counts under names without any prefix; a dialect must vouch for them.
    BareInputTokens,
    BareOutputTokens,
    BareCacheReadTokens,
    BareCacheWriteTokens,
    /// Objects of counts that are part of the input or of the output.
    InputDetails,
    OutputDetails,
    /// An object of amounts in dollars.
    Cost,
    InputCost,
    OutputCost,
    TotalCost,
    /// From the span's start: a whole number is milliseconds, any other is seconds.
    FirstTokenAfter,
    FirstTokenAfterMs,
    /// A moment, as RFC 3339.
    FirstTokenAt,
}

impl Fact {
    const COUNT: usize = Self::FirstTokenAt as usize + 1;

    fn is_count(self) -> bool {
        (Self::InputTokens as usize..=Self::BareCacheWriteTokens as usize)
            .contains(&(self as usize))
    }
}

/// The attributes of one span, sorted by what they say.
pub(super) struct Facts<'a> {
    pub(super) span: &'a Span,
    best: [Option<(u16, &'a AnyValue)>; Fact::COUNT],
    span_type: Option<(u16, Cow<'a, str>)>,
    /// Tags of the trace that any span may set, and those that only the root may.
    pub(super) tags: Vec<(&'a str, &'a AnyValue)>,
    pub(super) root_tags: Vec<(&'a str, &'a AnyValue)>,
    seen: u32,
}

impl<'a> Facts<'a> {
    pub(super) fn of(span: &'a Span) -> Self {
        let mut facts = Self {
            span,
            best: [None; Fact::COUNT],
            span_type: None,
            tags: Vec::new(),
            root_tags: Vec::new(),
            seen: 0,
        };
        let table = table::table();
        for KeyValue { key, value, .. } in &span.attributes {
            // An empty value says nothing, as no value does.
            let Some(value) = value.as_ref().filter(|it| it.value.is_some()) else { continue };
            table.each(key, |entry, rest| {
                facts.seen |= 1 << entry.dialect;
                facts.note(entry.says, entry.rank, rest, value);
            });
        }
        facts
    }

    fn note(&mut self, says: Says, rank: u16, rest: &'a str, value: &'a AnyValue) {
        match says {
            Says::Fact(fact) => {
                let best = &mut self.best[fact as usize];
                if best.is_none_or(|(present, _)| rank <= present) && speaks(fact, rank, value) {
                    *best = Some((rank, value));
                }
            }
            Says::AnyType => self.offer_type(rank, plain_text(Some(value))),
            Says::Type(names) => {
                let said = plain_text(Some(value));
                let known = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&said));
                if let Some((_, span_type)) = known {
                    self.offer_type(rank, Cow::Borrowed(span_type));
                }
            }
            Says::Is(span_type) => self.offer_type(rank, Cow::Borrowed(span_type)),
            Says::RootTag => self.root_tags.push((rest, value)),
            Says::Tag => self.tags.push((rest, value)),
            Says::Mark => {}
        }
    }

    fn offer_type(&mut self, rank: u16, name: Cow<'a, str>) {
        // `UNKNOWN` gives way to any other.
        let rank = if name == "UNKNOWN" { rank | table::LAST_RESORT } else { rank };
        let better = self.span_type.as_ref().is_none_or(|(present, _)| rank <= *present);
        if !name.is_empty() && better {
            self.span_type = Some((rank, name));
        }
    }

    pub(super) fn get(&self, fact: Fact) -> Option<&'a AnyValue> {
        self.best[fact as usize].map(|(_, value)| value)
    }

    pub(super) fn ranked(&self, fact: Fact) -> Option<(u16, &'a AnyValue)> {
        self.best[fact as usize]
    }

    pub(super) fn text(&self, fact: Fact) -> Option<Cow<'a, str>> {
        self.get(fact).map(|value| plain_text(Some(value)))
    }

    /// The span's type and whether MLflow's own attribute says it.
    pub(super) fn span_type(&self) -> Option<(&str, bool)> {
        let (rank, name) = self.span_type.as_ref()?;
        Some((name, table::is_own(*rank & !table::LAST_RESORT)))
    }

    /// Whether any attribute of that dialect was there.
    pub(super) fn seen(&self, dialect: usize) -> bool {
        self.seen & 1 << dialect != 0
    }

    /// The attribute of that name, the last if it is repeated.
    pub(super) fn attribute(&self, key: &str) -> Option<&'a AnyValue> {
        attribute(&self.span.attributes, key)
    }
}

/// The attribute of that name that has a value, the last if it is repeated.
pub(super) fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a AnyValue> {
    let entry = attributes.iter().rev().find(|entry| entry.key == key)?;
    entry.value.as_ref().filter(|value| value.value.is_some())
}

/// `{}` and 0 are values like others when MLflow says so; in a dialect they are blanks.
/// A count of zero is a count everywhere.
fn speaks(fact: Fact, rank: u16, value: &AnyValue) -> bool {
    match fact {
        Fact::Inputs | Fact::Outputs | Fact::Cost if table::is_own(rank) => true,
        _ if fact.is_count() => usage::count(value).is_some(),
        _ => !is_empty(value),
    }
}
