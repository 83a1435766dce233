//! Typed columns of a batch that was read from a file.
//!
//! A column may be missing, if the file is older than the column; its values are then NULL. A column
//! of another type is an error, because then another program wrote the file.
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, ListArray, MapArray, PrimitiveArray, StringArray,
    StructArray,
};

use crate::tables::{Table, TableError};

/// The columns of a table or the fields of a struct.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) table: Table,
    fields: &'a StructArray,
}

impl<'a> Columns<'a> {
    pub(super) fn new(table: Table, fields: &'a StructArray) -> Self {
        Self { table, fields }
    }

    pub(super) fn rows(&self) -> usize {
        self.fields.len()
    }

    fn typed<T: 'static>(&self, column: &'static str) -> Result<Option<&'a T>, TableError> {
        let Some(array) = self.fields.column_by_name(column) else { return Ok(None) };
        match array.as_any().downcast_ref() {
            Some(typed) => Ok(Some(typed)),
            None => Err(unexpected_type(self.table, column, array)),
        }
    }

    pub(super) fn strings(&self, column: &'static str) -> Result<Strings<'a>, TableError> {
        Ok(Strings(self.typed(column)?))
    }

    pub(super) fn integers(
        &self,
        column: &'static str,
    ) -> Result<Numbers<'a, Int32Type>, TableError> {
        Ok(Numbers(self.typed(column)?))
    }

    pub(super) fn longs(&self, column: &'static str) -> Result<Numbers<'a, Int64Type>, TableError> {
        Ok(Numbers(self.typed(column)?))
    }

    pub(super) fn doubles(
        &self,
        column: &'static str,
    ) -> Result<Numbers<'a, Float64Type>, TableError> {
        Ok(Numbers(self.typed(column)?))
    }

    pub(super) fn timestamps(
        &self,
        column: &'static str,
    ) -> Result<Numbers<'a, TimestampMicrosecondType>, TableError> {
        Ok(Numbers(self.typed(column)?))
    }

    pub(super) fn booleans(&self, column: &'static str) -> Result<Booleans<'a>, TableError> {
        Ok(Booleans(self.typed(column)?))
    }

    /// A struct and its fields; `None` if the column is missing.
    pub(super) fn structs(&self, column: &'static str) -> Result<Option<Columns<'a>>, TableError> {
        let fields: Option<&StructArray> = self.typed(column)?;
        Ok(fields.map(|fields| Columns { table: self.table, fields }))
    }

    pub(super) fn is_present(&self, row: usize) -> bool {
        self.fields.is_valid(row)
    }

    pub(super) fn lists(&self, column: &'static str) -> Result<Option<&'a ListArray>, TableError> {
        self.typed(column)
    }

    /// A column of structs in lists, and the structs' fields.
    pub(super) fn struct_lists(
        &self,
        column: &'static str,
    ) -> Result<Option<(&'a ListArray, Columns<'a>)>, TableError> {
        let Some(list) = self.lists(column)? else { return Ok(None) };
        match list.values().as_any().downcast_ref() {
            Some(fields) => Ok(Some((list, Columns { table: self.table, fields }))),
            None => Err(unexpected_type(self.table, column, list.values())),
        }
    }

    pub(super) fn column(&self, column: &'static str) -> Option<&'a ArrayRef> {
        self.fields.column_by_name(column)
    }

    pub(super) fn string_maps(&self, column: &'static str) -> Result<StringMaps<'a>, TableError> {
        let Some(map) = self.typed::<MapArray>(column)? else { return Ok(StringMaps(None)) };
        let keys = map.keys().as_any().downcast_ref();
        let values = map.values().as_any().downcast_ref();
        match (keys, values) {
            (Some(keys), Some(values)) => Ok(StringMaps(Some((map, keys, values)))),
            _ => Err(unexpected_type(self.table, column, map.values())),
        }
    }

    pub(super) fn bytes(
        &self,
        column: &'static str,
    ) -> Result<Option<&'a BinaryArray>, TableError> {
        self.typed(column)
    }
}

pub(super) fn unexpected_type(table: Table, column: &'static str, array: &ArrayRef) -> TableError {
    TableError::UnexpectedType { table, column, found: array.data_type().to_string() }
}

pub(super) struct Strings<'a>(Option<&'a StringArray>);

impl<'a> Strings<'a> {
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    /// NULL as an empty text, as OTLP has it.
    pub(super) fn text(&self, row: usize) -> String {
        self.get(row).unwrap_or_default().to_owned()
    }

    pub(super) fn owned(&self, row: usize) -> Option<String> {
        self.get(row).map(str::to_owned)
    }
}

pub(super) struct Numbers<'a, T: ArrowPrimitiveType>(Option<&'a PrimitiveArray<T>>);

impl<T: ArrowPrimitiveType> Numbers<'_, T> {
    pub(super) fn get(&self, row: usize) -> Option<T::Native> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

impl Numbers<'_, Int32Type> {
    pub(super) fn count(&self, row: usize) -> u32 {
        self.get(row).unwrap_or(0).cast_unsigned()
    }
}

impl Numbers<'_, Int64Type> {
    pub(super) fn nanos(&self, row: usize) -> u64 {
        self.get(row).unwrap_or(0).cast_unsigned()
    }
}

pub(super) struct Booleans<'a>(Option<&'a BooleanArray>);

impl Booleans<'_> {
    pub(super) fn get(&self, row: usize) -> Option<bool> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

pub(super) struct StringMaps<'a>(Option<(&'a MapArray, &'a StringArray, &'a StringArray)>);

impl<'a> StringMaps<'a> {
    /// The entries of a row, in their order; a value may be NULL.
    pub(super) fn entries(
        &self,
        row: usize,
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let present = self.0.filter(|(map, ..)| map.is_valid(row));
        present.into_iter().flat_map(move |(map, keys, values)| {
            list_range(map.value_offsets(), row)
                .map(move |at| (keys.value(at), values.is_valid(at).then(|| values.value(at))))
        })
    }
}

/// The elements of a row in the values of a list or map. Arrow's arrays have valid offsets.
pub(super) fn list_range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| usize::try_from(offsets[index]).unwrap_or(0);
    at(row)..at(row + 1)
}
