//! Builders of the columns of a table, made from its definition.
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use opentelemetry_proto::tonic::common::v1::AnyValue;

use super::AttributeList;
use super::map::MapColumn;
use super::variant::VariantColumn;
use crate::tables::attribute_map::to_text;
use crate::tables::definition::{Column, ColumnType, Layout};
use crate::tables::schema::{arrow_fields, list_element};

pub(super) enum ColumnBuilder {
    String(StringBuilder),
    Integer(Int32Builder),
    Long(Int64Builder),
    Double(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Variant(VariantColumn),
    Map(MapColumn),
    Struct(StructColumn),
    List(ListColumn),
}

pub(super) struct StructColumn {
    columns: &'static [Column],
    layout: Layout,
    builders: Vec<ColumnBuilder>,
    is_present: Vec<bool>,
}

pub(super) struct ListColumn {
    element_type: &'static ColumnType,
    layout: Layout,
    elements: Box<ColumnBuilder>,
    /// The number of elements after each row.
    ends: Vec<i32>,
}

impl ColumnBuilder {
    fn new(column_type: &'static ColumnType, layout: Layout) -> Self {
        match (column_type, layout) {
            (ColumnType::String, _) | (ColumnType::Value, Layout::V1) => {
                Self::String(StringBuilder::new())
            }
            (ColumnType::Integer, _) => Self::Integer(Int32Builder::new()),
            (ColumnType::Long, _) => Self::Long(Int64Builder::new()),
            (ColumnType::Double, _) => Self::Double(Float64Builder::new()),
            (ColumnType::Boolean, _) => Self::Boolean(BooleanBuilder::new()),
            (ColumnType::Date, _) => Self::Date(Date32Builder::new()),
            (ColumnType::Timestamp, _) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            (ColumnType::Attributes | ColumnType::Value, Layout::V2) => {
                Self::Variant(VariantColumn::default())
            }
            (ColumnType::StringMap, _) | (ColumnType::Attributes, Layout::V1) => {
                Self::Map(MapColumn::default())
            }
            (ColumnType::Struct(columns), _) => Self::Struct(StructColumn::new(columns, layout)),
            (ColumnType::List(element_type), _) => Self::List(ListColumn {
                element_type,
                layout,
                elements: Box::new(Self::new(element_type, layout)),
                ends: Vec::new(),
            }),
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::String(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Long(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Variant(column) => column.append_null(),
            Self::Map(column) => column.append_null(),
            Self::Struct(column) => {
                column.builders.iter_mut().for_each(Self::append_null);
                column.is_present.push(false);
            }
            Self::List(column) => column.end_row(0),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::String(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Long(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Variant(column) => column.finish(),
            Self::Map(column) => column.finish(),
            Self::Struct(column) => Arc::new(column.finish()),
            Self::List(column) => column.finish(),
        }
    }
}

impl StructColumn {
    pub(super) fn new(columns: &'static [Column], layout: Layout) -> Self {
        let builder = |column: &'static Column| ColumnBuilder::new(&column.column_type, layout);
        let builders = columns.iter().map(builder).collect();
        Self { columns, layout, builders, is_present: Vec::new() }
    }

    pub(super) fn append(&mut self, write: impl FnOnce(&mut RowWriter<'_>)) {
        let builders = &mut self.builders;
        let mut row = RowWriter { columns: self.columns, builders, next: 0 };
        write(&mut row);
        debug_assert_eq!(row.next, self.columns.len(), "a row has a value for every column");
        self.is_present.push(true);
    }

    pub(super) fn finish(&mut self) -> StructArray {
        let arrays = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        let nulls = NullBuffer::from(std::mem::take(&mut self.is_present));
        StructArray::new(arrow_fields(self.columns, self.layout), arrays, Some(nulls))
    }
}

impl ListColumn {
    fn end_row(&mut self, elements: usize) {
        let before = self.ends.last().copied().unwrap_or(0);
        let elements = i32::try_from(elements).expect("a batch is far smaller than 2 GiB");
        self.ends.push(before + elements);
    }

    fn finish(&mut self) -> ArrayRef {
        let ends = std::mem::take(&mut self.ends);
        let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let element = list_element(self.element_type, self.layout);
        Arc::new(ListArray::new(element, offsets, self.elements.finish(), None))
    }
}

/// Writes the values of one row, in the order of the columns. The names say which column is meant,
/// and are checked in debug builds.
pub(super) struct RowWriter<'a> {
    columns: &'static [Column],
    builders: &'a mut [ColumnBuilder],
    next: usize,
}

impl RowWriter<'_> {
    fn next(&mut self, name: &'static str) -> &mut ColumnBuilder {
        debug_assert_eq!(self.columns[self.next].name, name, "values are in the columns' order");
        self.next += 1;
        &mut self.builders[self.next - 1]
    }

    pub(super) fn null(&mut self, name: &'static str) {
        self.next(name).append_null();
    }

    pub(super) fn string(&mut self, name: &'static str, text: &str) {
        self.optional_string(name, Some(text));
    }

    pub(super) fn optional_string(&mut self, name: &'static str, text: Option<&str>) {
        let ColumnBuilder::String(builder) = self.next(name) else { mismatch(name) };
        builder.append_option(text);
    }

    /// An unsigned number of 32 bits; above `i32::MAX` its bits are those of a negative number.
    pub(super) fn count(&mut self, name: &'static str, number: u32) {
        let ColumnBuilder::Integer(builder) = self.next(name) else { mismatch(name) };
        builder.append_value(number.cast_signed());
    }

    /// A time in nanoseconds; after the year 2262 its bits are those of a negative number.
    pub(super) fn nanos(&mut self, name: &'static str, time_ns: u64) {
        self.optional_long(name, Some(time_ns.cast_signed()));
    }

    pub(super) fn optional_long(&mut self, name: &'static str, number: Option<i64>) {
        let ColumnBuilder::Long(builder) = self.next(name) else { mismatch(name) };
        builder.append_option(number);
    }

    pub(super) fn optional_double(&mut self, name: &'static str, number: Option<f64>) {
        let ColumnBuilder::Double(builder) = self.next(name) else { mismatch(name) };
        builder.append_option(number);
    }

    pub(super) fn boolean(&mut self, name: &'static str, flag: bool) {
        let ColumnBuilder::Boolean(builder) = self.next(name) else { mismatch(name) };
        builder.append_value(flag);
    }

    /// The UTC day of a time in nanoseconds.
    pub(super) fn date(&mut self, name: &'static str, time_ns: u64) {
        const DAY_NS: u64 = 86_400_000_000_000;
        let ColumnBuilder::Date(builder) = self.next(name) else { mismatch(name) };
        builder.append_value((time_ns / DAY_NS) as i32);
    }

    pub(super) fn timestamp_ns(&mut self, name: &'static str, time_ns: u64) {
        self.optional_timestamp_us(name, Some((time_ns / 1000).cast_signed()));
    }

    pub(super) fn optional_timestamp_us(&mut self, name: &'static str, time_us: Option<i64>) {
        let ColumnBuilder::Timestamp(builder) = self.next(name) else { mismatch(name) };
        builder.append_option(time_us);
    }

    pub(super) fn attributes(&mut self, name: &'static str, list: AttributeList<'_>) {
        match self.next(name) {
            ColumnBuilder::Variant(column) => {
                if !(list.same_as_last && column.repeat_last()) {
                    column.append_attributes(&list);
                }
            }
            ColumnBuilder::Map(column) => column.append_attributes(&list),
            _ => mismatch(name),
        }
    }

    pub(super) fn value(&mut self, name: &'static str, value: Option<&AnyValue>) {
        match self.next(name) {
            ColumnBuilder::Variant(column) => column.append_value(value),
            ColumnBuilder::String(builder) => builder.append_option(to_text(value).1),
            _ => mismatch(name),
        }
    }

    pub(super) fn string_map<'m>(
        &mut self,
        name: &'static str,
        entries: impl IntoIterator<Item = (&'m str, &'m str)>,
    ) {
        let ColumnBuilder::Map(column) = self.next(name) else { mismatch(name) };
        column.append_strings(entries);
    }

    pub(super) fn strings<'m>(
        &mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = &'m str>,
    ) {
        let ColumnBuilder::List(list) = self.next(name) else { mismatch(name) };
        let ColumnBuilder::String(builder) = list.elements.as_mut() else { mismatch(name) };
        let mut elements = 0;
        for text in texts {
            builder.append_value(text);
            elements += 1;
        }
        list.end_row(elements);
    }

    /// Writes the fields of a struct; without `item` it is NULL.
    pub(super) fn structure<T>(
        &mut self,
        name: &'static str,
        item: Option<T>,
        write: impl FnOnce(&mut RowWriter<'_>, T),
    ) {
        let builder = self.next(name);
        let Some(item) = item else { return builder.append_null() };
        let ColumnBuilder::Struct(column) = builder else { mismatch(name) };
        column.append(|fields| write(fields, item));
    }

    /// Writes a list of structs.
    pub(super) fn structures<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut RowWriter<'_>, T),
    ) {
        let ColumnBuilder::List(list) = self.next(name) else { mismatch(name) };
        let ColumnBuilder::Struct(column) = list.elements.as_mut() else { mismatch(name) };
        let mut elements = 0;
        for item in items {
            column.append(|fields| write(fields, item));
            elements += 1;
        }
        list.end_row(elements);
    }
}

fn mismatch(name: &str) -> ! {
    unreachable!("column `{name}` is defined with the type that its rows are written with")
}
