//! The parts of a trace that filters and orders test, so that a store reads no others.
use std::cell::RefCell;
use std::collections::BTreeSet;

use kansoku_model::{TagOrMetadataKind, metadata_key};

use super::{Condition, Filter, any_condition};
use crate::{
    Order,
    catalog::{NumberField, TextField},
    order_by::Key,
};

/// Parts of a trace besides its id, time, state, name, duration and client request id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    pub tags: bool,
    /// The keys of metadata.
    pub metadata: BTreeSet<String>,
    /// The runs it is linked to.
    pub runs: bool,
    /// Assessments, including those of the session.
    pub assessments: bool,
    /// The rows of spans.
    pub spans: bool,
    /// The payload of spans.
    pub payload: bool,
}

impl Tested {
    pub fn new(filter: &Filter, order: &Order) -> Self {
        let tested = RefCell::new(Self::default());
        any_condition(&filter.expr, &|condition| {
            tested.borrow_mut().add(condition);
            false
        });
        let mut tested = tested.into_inner();
        for by in order.keys() {
            match &by.key {
                Key::Number(field) => tested.add_number(*field),
                Key::Text(field) => tested.add_text(field),
                Key::Experiment => {}
            }
        }
        tested
    }

    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::Text(field, _) => self.add_text(field),
            Condition::Number(field, _) => self.add_number(*field),
            Condition::Run(_) => {
                self.runs = true;
                self.add_metadata(metadata_key::SOURCE_RUN);
            }
            // Clients see links to prompts as a tag.
            Condition::Prompt { .. } => self.tags = true,
            Condition::Payload(_) | Condition::Root(..) => {
                (self.spans, self.payload) = (true, true)
            }
            Condition::Error(_) => self.spans = true,
            Condition::Span(test) => {
                self.spans = true;
                self.payload |= test.is_payload();
            }
            Condition::SomeSpan(_) => self.spans = true,
            Condition::Assessment { .. } | Condition::Issue(_) => {
                self.assessments = true;
                self.add_metadata(metadata_key::SESSION);
            }
        }
    }

    fn add_number(&mut self, field: NumberField) {
        match field {
            NumberField::Timestamp | NumberField::ExecutionTime | NumberField::EndTime => {}
            NumberField::Tokens => self.add_metadata(metadata_key::TOKEN_USAGE),
            NumberField::Cost => self.add_metadata(metadata_key::COST),
            NumberField::RetrieverCount => self.spans = true,
        }
    }

    fn add_text(&mut self, field: &TextField) {
        match field {
            TextField::TraceId
            | TextField::ClientRequestId
            | TextField::Status
            | TextField::Name => {}
            TextField::Tag(_) => self.tags = true,
            TextField::Metadata(key) => self.add_metadata(key),
            TextField::Version | TextField::Environment => {
                for (kind, key) in field.places() {
                    match kind {
                        TagOrMetadataKind::Tag => self.tags = true,
                        TagOrMetadataKind::Metadata => self.add_metadata(key),
                    }
                }
            }
        }
    }

    fn add_metadata(&mut self, key: &str) {
        self.metadata.insert(key.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrderBy;

    fn tested(filter: &str, order_by: &[&str]) -> Tested {
        let keys: Vec<_> = order_by.iter().map(|key| (*key).to_owned()).collect();
        let order = Order::new(&OrderBy::parse_list(&keys).unwrap());
        Tested::new(&Filter::parse(filter).unwrap(), &order)
    }

    #[test]
    fn only_tested_parts_are_named() {
        let none = Tested::default();
        assert_eq!(tested("status = 'OK' AND name = 'x' AND timestamp_ms > 5", &[]), none);
        let session = BTreeSet::from([metadata_key::SESSION.to_owned()]);
        let by_session = Tested { metadata: session.clone(), ..none.clone() };
        assert_eq!(tested(&format!("metadata.`{}` = 's'", metadata_key::SESSION), &[]), by_session);
        assert_eq!(tested("tag.k = 'v'", &[]), Tested { tags: true, ..none.clone() });
        let judged = Tested { assessments: true, metadata: session, ..none.clone() };
        assert_eq!(tested("NOT feedback.good = 'true'", &[]), judged);
        let spans = Tested { spans: true, ..none.clone() };
        assert_eq!(tested("span.name = 'x' OR span.type = 'LLM'", &[]), spans);
        assert!(tested("trace.text LIKE '%word%'", &[]).payload);
        let usage = BTreeSet::from([metadata_key::TOKEN_USAGE.to_owned()]);
        assert_eq!(tested("", &["tokens DESC"]).metadata, usage);
    }
}
