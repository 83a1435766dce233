//! Attributes and values from a column in either layout.
use arrow_array::{Array, StructArray};
use arrow_schema::DataType;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use super::columns::{Columns, StringMaps, Strings, unexpected_type};
use super::variant::VariantColumns;
use crate::tables::attribute_map::{TextType, from_text};
use crate::tables::reserved::{OTEL_TRACE_ID, TYPES, sent_key};
use crate::tables::{Table, TableError};

/// The attributes of a row.
#[derive(Default)]
pub(super) struct StoredAttributes {
    pub(super) entries: Vec<KeyValue>,
    /// The OpenTelemetry trace id in hex, if it does not follow from the trace's key.
    pub(super) otel_trace_id: Option<String>,
    /// The type of the log record's body, in layout v1.
    body_type: Option<TextType>,
}

/// A column of attributes.
pub(super) struct AttributeColumn<'a> {
    table: Table,
    name: &'static str,
    values: Stored<'a>,
}

enum Stored<'a> {
    Missing,
    Variant(&'a StructArray, VariantColumns<'a>),
    Map(StringMaps<'a>),
    Text(Strings<'a>),
}

impl<'a> AttributeColumn<'a> {
    pub(super) fn new(columns: &Columns<'a>, name: &'static str) -> Result<Self, TableError> {
        let table = columns.table;
        let values = match columns.column(name) {
            None => Stored::Missing,
            Some(array) => match array.data_type() {
                DataType::Struct(_) => variant(columns, name)?,
                DataType::Map(..) => Stored::Map(columns.string_maps(name)?),
                DataType::Utf8 => Stored::Text(columns.strings(name)?),
                _ => return Err(unexpected_type(table, name, array)),
            },
        };
        Ok(Self { table, name, values })
    }

    /// The attributes of a row; NULL has none.
    pub(super) fn attributes(&self, row: usize) -> Result<StoredAttributes, TableError> {
        let damaged = |reason| self.damaged(row, reason);
        match &self.values {
            Stored::Missing => Ok(StoredAttributes::default()),
            Stored::Variant(nulls, _) if nulls.is_null(row) => Ok(StoredAttributes::default()),
            Stored::Variant(_, variant) => match variant.value(row).map_err(damaged)?.value {
                Some(Any::KvlistValue(object)) => Ok(from_entries(object.values)),
                None => Ok(StoredAttributes::default()),
                Some(_) => Err(damaged("it is not an object".to_owned())),
            },
            Stored::Map(map) => from_map(map, row).map_err(damaged),
            Stored::Text(_) => Err(damaged("it is a text".to_owned())),
        }
    }

    /// The value of a row. `attributes` are those of the same row, which know its type.
    pub(super) fn value(
        &self,
        row: usize,
        attributes: &StoredAttributes,
    ) -> Result<Option<AnyValue>, TableError> {
        let damaged = |reason| self.damaged(row, reason);
        match &self.values {
            Stored::Missing => Ok(None),
            Stored::Variant(nulls, _) if nulls.is_null(row) => Ok(None),
            Stored::Variant(_, variant) => Ok(Some(variant.value(row).map_err(damaged)?)),
            Stored::Text(texts) => {
                let text_type = attributes.body_type.unwrap_or(TextType::String);
                let Some(text) = texts.get(row) else {
                    let is_empty_value =
                        text_type == TextType::Null && attributes.body_type.is_some();
                    return Ok(is_empty_value.then_some(AnyValue { value: None }));
                };
                match from_text(text_type, text) {
                    Some(value) => Ok(Some(value)),
                    None => Err(damaged(format!("it is not of type {text_type:?}"))),
                }
            }
            Stored::Map(_) => Err(damaged("it is a map".to_owned())),
        }
    }

    fn damaged(&self, row: usize, reason: String) -> TableError {
        TableError::DamagedValue { table: self.table, column: self.name, row, reason }
    }
}

fn variant<'a>(columns: &Columns<'a>, name: &'static str) -> Result<Stored<'a>, TableError> {
    let fields = columns.structs(name)?;
    let array = columns.column(name).and_then(|array| array.as_any().downcast_ref());
    let (Some(fields), Some(array)) = (fields, array) else { return Ok(Stored::Missing) };
    match (fields.bytes("metadata")?, fields.bytes("value")?) {
        (Some(metadata), Some(values)) => {
            Ok(Stored::Variant(array, VariantColumns { metadata, values }))
        }
        // A shredded VARIANT has further columns, and another program wrote it.
        _ => Err(TableError::UnexpectedType {
            table: columns.table,
            column: name,
            found: array.data_type().to_string(),
        }),
    }
}

fn from_entries(stored: Vec<KeyValue>) -> StoredAttributes {
    let mut attributes = StoredAttributes::default();
    for mut entry in stored {
        match sent_key(&entry.key) {
            Some(sent) => {
                if sent.len() < entry.key.len() {
                    entry.key = sent.to_owned();
                }
                attributes.entries.push(entry);
            }
            None => {
                if let Some(Any::StringValue(hex)) = entry.value.and_then(|value| value.value)
                    && entry.key == OTEL_TRACE_ID
                {
                    attributes.otel_trace_id = Some(hex);
                }
            }
        }
    }
    attributes
}

fn from_map(map: &StringMaps<'_>, row: usize) -> Result<StoredAttributes, String> {
    let letters = map.entries(row).find(|(key, _)| *key == TYPES).and_then(|(_, letters)| letters);
    let mut letters = letters.map(str::chars);
    let mut attributes = StoredAttributes::default();
    for (key, text) in map.entries(row) {
        let Some(sent) = sent_key(key) else {
            if key == OTEL_TRACE_ID {
                attributes.otel_trace_id = text.map(str::to_owned);
            }
            continue;
        };
        // Without letters, all values are strings.
        let text_type = match &mut letters {
            None => TextType::String,
            Some(letters) => next_type(letters)?.ok_or("it has a value without a type")?,
        };
        let value = match text {
            None => None,
            Some(text) => match from_text(text_type, text) {
                Some(value) => Some(value),
                None => return Err(format!("`{sent}` is not of type {text_type:?}")),
            },
        };
        attributes.entries.push(KeyValue { key: sent.to_owned(), value, ..KeyValue::default() });
    }
    if let Some(letters) = &mut letters {
        attributes.body_type = next_type(letters)?;
    }
    Ok(attributes)
}

fn next_type(letters: &mut std::str::Chars<'_>) -> Result<Option<TextType>, String> {
    let Some(letter) = letters.next() else { return Ok(None) };
    match TextType::from_letter(letter) {
        Some(text_type) => Ok(Some(text_type)),
        None => Err(format!("it has the unknown type `{letter}`")),
    }
}
