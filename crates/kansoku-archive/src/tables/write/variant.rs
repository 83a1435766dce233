//! A column of `VARIANT`: two columns of bytes.
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, StructArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use parquet_variant::{
    BuilderSpecificState, ListBuilder, ObjectBuilder, ParentState, ValueBuilder, Variant,
    WritableMetadataBuilder,
};

use super::AttributeList;
use crate::tables::attribute_map::unique_entries;
use crate::tables::reserved::{OTEL_TRACE_ID, stored_key};
use crate::tables::schema::variant_fields;

#[derive(Default)]
pub(super) struct VariantColumn {
    values: Vec<u8>,
    metadata: Vec<u8>,
    /// The lengths of `values` and `metadata` after each row.
    ends: Vec<(i32, i32)>,
    is_present: Vec<bool>,
}

impl VariantColumn {
    pub(super) fn append_attributes(&mut self, list: &AttributeList<'_>) {
        self.append(true, |parent| {
            let mut object = ObjectBuilder::new(parent, false);
            for entry in unique_entries(list.entries) {
                append_field(&mut object, &stored_key(&entry.key), entry.value.as_ref());
            }
            if let Some(hex) = list.otel_trace_id {
                object.insert(OTEL_TRACE_ID, hex);
            }
            object.finish();
        });
    }

    pub(super) fn append_value(&mut self, value: Option<&AnyValue>) {
        let Some(value) = value else { return self.append_null() };
        self.append(true, |parent| match &value.value {
            Some(Any::KvlistValue(fields)) => {
                let mut object = ObjectBuilder::new(parent, false);
                append_fields(&mut object, &fields.values);
                object.finish();
            }
            Some(Any::ArrayValue(items)) => {
                let mut list = ListBuilder::new(parent, false);
                append_items(&mut list, &items.values);
                list.finish();
            }
            scalar => ValueBuilder::append_variant(parent, scalar_variant(scalar.as_ref())),
        });
    }

    /// A row that is NULL has a value, too, because the fields of a `VARIANT` are required.
    pub(super) fn append_null(&mut self) {
        self.append(false, |parent| ValueBuilder::append_variant(parent, Variant::Null));
    }

    /// Repeats the last row; `false` if there is none.
    pub(super) fn repeat_last(&mut self) -> bool {
        let Some(&(value_end, metadata_end)) = self.ends.last() else { return false };
        let before = self.ends.len().checked_sub(2).map_or((0, 0), |row| self.ends[row]);
        self.values.extend_from_within(before.0 as usize..value_end as usize);
        self.metadata.extend_from_within(before.1 as usize..metadata_end as usize);
        self.end_row(true);
        true
    }

    fn append(&mut self, is_present: bool, write: impl FnOnce(ParentState<'_, ()>)) {
        let mut value = ValueBuilder::new();
        let mut metadata = WritableMetadataBuilder::default();
        write(ParentState::variant(&mut value, &mut metadata));
        metadata.finish();
        self.values.append(&mut value.into_inner());
        self.metadata.append(&mut metadata.into_inner());
        self.end_row(is_present);
    }

    fn end_row(&mut self, is_present: bool) {
        let end = |bytes: &[u8]| i32::try_from(bytes.len()).expect("a batch is below 2 GiB");
        self.ends.push((end(&self.values), end(&self.metadata)));
        self.is_present.push(is_present);
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        let Self { values, metadata, ends, is_present } = std::mem::take(self);
        // The next batch is about as large; growing to that size would copy it several times.
        self.values.reserve(values.len());
        self.metadata.reserve(metadata.len());
        let offsets = |end: fn(&(i32, i32)) -> i32| {
            let offsets: Vec<i32> = std::iter::once(0).chain(ends.iter().map(end)).collect();
            OffsetBuffer::new(ScalarBuffer::from(offsets))
        };
        let array = |offsets, bytes: Vec<u8>| -> ArrayRef {
            Arc::new(BinaryArray::new(offsets, Buffer::from_vec(bytes), None))
        };
        let metadata = array(offsets(|end| end.1), metadata);
        let values = array(offsets(|end| end.0), values);
        let nulls = NullBuffer::from(is_present);
        Arc::new(StructArray::new(variant_fields(), vec![metadata, values], Some(nulls)))
    }
}

fn append_fields<S: BuilderSpecificState>(object: &mut ObjectBuilder<'_, S>, fields: &[KeyValue]) {
    for entry in unique_entries(fields) {
        append_field(object, &entry.key, entry.value.as_ref());
    }
}

fn append_field<S: BuilderSpecificState>(
    object: &mut ObjectBuilder<'_, S>,
    key: &str,
    value: Option<&AnyValue>,
) {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::KvlistValue(fields)) => {
            let mut inner = object.new_object(key);
            append_fields(&mut inner, &fields.values);
            inner.finish();
        }
        Some(Any::ArrayValue(items)) => {
            let mut inner = object.new_list(key);
            append_items(&mut inner, &items.values);
            inner.finish();
        }
        scalar => object.insert(key, scalar_variant(scalar)),
    }
}

fn append_items<S: BuilderSpecificState>(list: &mut ListBuilder<'_, S>, items: &[AnyValue]) {
    for item in items {
        match item.value.as_ref() {
            Some(Any::KvlistValue(fields)) => {
                let mut inner = list.new_object();
                append_fields(&mut inner, &fields.values);
                inner.finish();
            }
            Some(Any::ArrayValue(items)) => {
                let mut inner = list.new_list();
                append_items(&mut inner, &items.values);
                inner.finish();
            }
            scalar => list.append_value(scalar_variant(scalar)),
        }
    }
}

/// A value that is neither a list nor an object. Integers take the smallest type they fit in, so
/// that a `DOUBLE` is always a number that was sent as one.
fn scalar_variant(value: Option<&Any>) -> Variant<'_, '_> {
    match value {
        Some(Any::StringValue(text)) => Variant::from(text.as_str()),
        Some(Any::BoolValue(flag)) => Variant::from(*flag),
        Some(Any::IntValue(number)) => match *number {
            number if i8::try_from(number).is_ok() => Variant::Int8(number as i8),
            number if i16::try_from(number).is_ok() => Variant::Int16(number as i16),
            number if i32::try_from(number).is_ok() => Variant::Int32(number as i32),
            number => Variant::Int64(number),
        },
        Some(Any::DoubleValue(number)) => Variant::Double(*number),
        Some(Any::BytesValue(bytes)) => Variant::Binary(bytes),
        // An index into a table of strings that only profiles have.
        Some(Any::StringValueStrindex(_)) => Variant::Null,
        Some(Any::ArrayValue(_) | Any::KvlistValue(_)) | None => Variant::Null,
    }
}
