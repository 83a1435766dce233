//! Resolves names to fields.
use kansoku_model::{InvalidJsonPath, JsonPath, RootField, RootPart, metadata_key, tag_key};

use super::{FIELDS, FieldDef, FieldGroup, NumberField, Projection, Source};
use crate::{
    FilterError,
    error::{ParseError, short},
    lex::{Kind, lex},
    parse::split_name,
};

/// The field of this name in the group [`FieldGroup::Trace`]; the name may contain a dot.
pub(crate) fn of_trace(name: &str) -> Option<&'static FieldDef> {
    let fields = FIELDS.iter().filter(|def| def.group == FieldGroup::Trace);
    fields.into_iter().find(|def| def.names().any(|known| known == name))
}

/// The field `span.<name>`; for `span.attributes.<key>` also the key.
pub(crate) fn of_span(name: &str) -> Option<(&'static FieldDef, Option<&str>)> {
    let attribute = name.strip_prefix("attributes.");
    let is_named = |def: &&FieldDef| match (&def.source, attribute) {
        (Source::SpanAttribute, Some(_)) => true,
        (_, Some(_)) => false,
        (_, None) => def.name.strip_prefix("span.") == Some(name),
    };
    let of_spans = |def: &&FieldDef| def.group == FieldGroup::Span && is_named(def);
    Some((FIELDS.iter().find(of_spans)?, attribute))
}

/// The field with a name of its own for a metadata key.
fn of_metadata(key: &str) -> Option<&'static FieldDef> {
    match key {
        metadata_key::SESSION => of_trace("session"),
        metadata_key::USER => of_trace("user"),
        _ => None,
    }
}

/// Names of the group [`FieldGroup::Trace`]: first those that MLflow supports, then the others.
pub(crate) fn trace_names() -> impl Iterator<Item = &'static str> {
    let of_traces = || FIELDS.iter().filter(|def| def.group == FieldGroup::Trace);
    let known = of_traces().flat_map(FieldDef::mlflow_names);
    known.chain(
        of_traces().flat_map(|def| {
            def.names().filter(|name| !def.mlflow_names().any(|known| known == *name))
        }),
    )
}

/// Names of the fields without a key that `order_by` accepts.
pub(crate) fn sort_names() -> impl Iterator<Item = &'static str> {
    let sortable = FIELDS.iter().filter(|def| def.sortable && !def.is_keyed());
    sortable.map(|def| def.mlflow_names().last().unwrap_or(def.name))
}

/// Numbers that lists show in addition to the standard columns.
pub fn listed_numbers() -> impl Iterator<Item = (&'static FieldDef, NumberField)> {
    FIELDS.iter().filter_map(|def| match def.projection {
        Projection::Number(number) => Some((def, number)),
        _ => None,
    })
}

/// A field with its key, named outside of a filter, such as ``tags.`my-tag` ``.
#[derive(Clone, Debug)]
pub struct Field {
    pub def: &'static FieldDef,
    /// The key, such as `env` in `tags.env`. Empty for most fields without one; `run_id` has the
    /// metadata key of the source run.
    pub key: String,
}

impl Field {
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let whole = 0..text.len();
        let refuse = |message: String| ParseError::new(whole.clone(), message).in_filter(text);
        let mut tokens = lex(text).map_err(|error| error.in_filter(text))?.into_iter();
        let (Some(token), None) = (tokens.next(), tokens.next()) else {
            return Err(refuse(format!("'{}' is not a field", short(text))));
        };
        let (prefix, key) = match token.kind {
            Kind::Word { bare, quoted } => split_name(bare, quoted),
            _ => return Err(refuse(format!("'{}' is not a field", short(text)))),
        };
        let field = Self::named(prefix.as_deref(), &key);
        field.ok_or_else(|| refuse(format!("'{}' is not a field of traces", short(text))))
    }

    /// The field for a value of the parameter `by=`, such as `model` or `tag:env`.
    pub fn grouped_by(word: &str) -> Option<Self> {
        let (group, key) = word.split_once(':').unwrap_or_default();
        match group {
            "tag" => Self::named(Some("tags"), key),
            "metadata" => Self::named(Some("metadata"), key),
            _ => {
                let def = FIELDS.iter().find(|def| def.groupable == Some(word))?;
                (!def.is_keyed()).then(|| Self { def, key: String::new() })
            }
        }
    }

    fn named(prefix: Option<&str>, key: &str) -> Option<Self> {
        if key.is_empty() {
            return None;
        }
        let whole = |def| Self { def, key: String::new() };
        let Some(group) = prefix.map_or(Some(FieldGroup::Trace), FieldGroup::of_prefix) else {
            return of_trace(&format!("{}.{key}", prefix.unwrap_or_default())).map(whole);
        };
        match group {
            FieldGroup::Trace => {
                let def = of_trace(key)?;
                let key = match def.projection {
                    Projection::SourceRun => metadata_key::SOURCE_RUN,
                    _ => "",
                };
                Some(Self { def, key: key.to_owned() })
            }
            FieldGroup::Tag if key == tag_key::TRACE_NAME => of_trace("name").map(whole),
            FieldGroup::Metadata if of_metadata(key).is_some() => of_metadata(key).map(whole),
            FieldGroup::Span => {
                let (def, attribute) = of_span(key)?;
                Some(Self { def, key: attribute.unwrap_or_default().to_owned() })
            }
            FieldGroup::Tag
            | FieldGroup::Metadata
            | FieldGroup::Feedback
            | FieldGroup::Expectation
            | FieldGroup::Issue
            | FieldGroup::Inputs
            | FieldGroup::Outputs => {
                let def = FIELDS.iter().find(|def| def.group == group)?;
                Some(Self { def, key: key.to_owned() })
            }
        }
    }

    /// The name as a filter writes it; `None` if the key is empty.
    pub fn name(&self) -> Option<String> {
        match self.def.name.strip_suffix(".<key>") {
            Some(prefix) => crate::print::field_name(prefix, &self.key),
            None => Some(self.def.name.to_owned()),
        }
    }

    /// The value of the parameter `by=` for this field; `None` if traces cannot be grouped by it.
    pub fn group_word(&self) -> Option<String> {
        let word = self.def.groupable?;
        Some(if self.def.is_keyed() { format!("{word}:{}", self.key) } else { word.to_owned() })
    }

    /// The name of the feedback, if the field is a feedback.
    pub fn feedback_name(&self) -> Option<&str> {
        (self.def.group == FieldGroup::Feedback).then_some(self.key.as_str())
    }

    /// The value of the root span that this field names. For a span attribute, that of the root.
    pub fn root_field(&self) -> Option<Result<RootField, InvalidJsonPath>> {
        let part = match self.def.source {
            Source::Root(part) => part,
            Source::SpanAttribute => RootPart::Attributes,
            _ => return None,
        };
        Some(JsonPath::parse(&self.key).map(|path| RootField { part, path }))
    }

    /// The field by which filters name a value of the root span.
    pub fn of_root(field: &RootField) -> Option<Self> {
        let is_of = |def: &&FieldDef| match (&def.source, field.part) {
            (Source::Root(part), wanted) => *part == wanted,
            (Source::SpanAttribute, RootPart::Attributes) => true,
            _ => false,
        };
        let def = FIELDS.iter().find(is_of)?;
        Some(Self { def, key: field.path.as_str().to_owned() })
    }

    pub fn projection(&self) -> Projection {
        self.def.projection
    }
}
