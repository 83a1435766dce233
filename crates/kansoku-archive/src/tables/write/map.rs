//! A column of `MAP<STRING, STRING>`.
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::AttributeList;
use crate::tables::attribute_map::{TextType, to_text, unique_entries};
use crate::tables::reserved::{OTEL_TRACE_ID, TYPES, stored_key};
use crate::tables::schema::map_entries;

#[derive(Default)]
pub(super) struct MapColumn {
    keys: StringBuilder,
    values: StringBuilder,
    /// The number of entries after each row.
    ends: Vec<i32>,
    is_present: Vec<bool>,
}

impl MapColumn {
    pub(super) fn append_attributes(&mut self, list: &AttributeList<'_>) {
        let mut types = String::new();
        for entry in unique_entries(list.entries) {
            let (text_type, text) = to_text(entry.value.as_ref());
            types.push(text_type.letter());
            self.keys.append_value(stored_key(&entry.key));
            self.values.append_option(text);
        }
        if let Some(body_type) = list.body_type.filter(|it| *it != TextType::String) {
            types.push(body_type.letter());
        }
        if let Some(hex) = list.otel_trace_id {
            self.append_entry(OTEL_TRACE_ID, hex);
        }
        if types.chars().any(|letter| letter != TextType::String.letter()) {
            self.append_entry(TYPES, &types);
        }
        self.end_row(true);
    }

    pub(super) fn append_strings<'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        for (key, value) in entries {
            self.append_entry(key, value);
        }
        self.end_row(true);
    }

    pub(super) fn append_null(&mut self) {
        self.end_row(false);
    }

    fn append_entry(&mut self, key: &str, value: &str) {
        self.keys.append_value(key);
        self.values.append_value(value);
    }

    fn end_row(&mut self, is_present: bool) {
        let entries = arrow_array::builder::ArrayBuilder::len(&self.keys);
        self.ends.push(i32::try_from(entries).expect("a batch is far smaller than 2 GiB"));
        self.is_present.push(is_present);
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        let Self { mut keys, mut values, ends, is_present } = std::mem::take(self);
        let entries = map_entries();
        let DataType::Struct(fields) = entries.data_type() else {
            unreachable!("the entries of a map are structs")
        };
        let columns: Vec<ArrayRef> = vec![Arc::new(keys.finish()), Arc::new(values.finish())];
        let pairs = StructArray::new(fields.clone(), columns, None);
        let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(MapArray::new(entries, offsets, pairs, Some(NullBuffer::from(is_present)), false))
    }
}
