//! A column of a block: as it is built from rows, and as it is stored.
use std::collections::BTreeMap;

use super::column::{Column, ColumnKind};
use super::ints::{self, Decoder, NONE, damaged};
use super::values::session_hash;
use crate::StoreError;

/// A column of texts: each distinct text once, and a code for each row.
#[derive(Debug, Default)]
pub struct TextColumn {
    pub texts: Vec<String>,
    /// Indexes of `texts`, or [`NONE`].
    pub codes: Vec<i64>,
}

impl TextColumn {
    /// The text of a row; `None` if it has none.
    pub fn text(&self, row: usize) -> Option<&str> {
        let code = usize::try_from(*self.codes.get(row)?).ok()?;
        self.texts.get(code).map(String::as_str)
    }

    pub fn decode(decoder: &mut Decoder, bytes: &[u8]) -> Result<Self, StoreError> {
        let (length, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (texts, codes) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let texts: Vec<String> = serde_json::from_slice(texts).map_err(|_| damaged())?;
        let codes = decoder.decode(codes)?;
        let known =
            |code: &i64| *code == NONE || usize::try_from(*code).is_ok_and(|i| i < texts.len());
        match codes.iter().all(known) {
            true => Ok(Self { texts, codes }),
            false => Err(damaged()),
        }
    }
}

/// A column that is being built from rows.
#[derive(Default)]
pub struct ColumnDraft {
    numbers: Vec<i64>,
    /// The code of each text; `None` for a column of numbers or hashes.
    texts: Option<BTreeMap<String, i64>>,
}

impl ColumnDraft {
    pub fn new(column: Column) -> Self {
        let texts = (column.kind() == ColumnKind::Text).then(BTreeMap::new);
        Self { numbers: Vec::new(), texts }
    }

    /// Adds a number, or [`NONE`].
    pub fn push_number(&mut self, number: i64) {
        self.numbers.push(number);
    }

    /// Adds a text, as its code or its hash.
    pub fn push_text(&mut self, text: &[u8]) {
        let Some(texts) = &mut self.texts else { return self.numbers.push(session_hash(text)) };
        let next = texts.len() as i64;
        let text = String::from_utf8_lossy(text);
        let code = match texts.get(text.as_ref()) {
            Some(code) => *code,
            None => *texts.entry(text.into_owned()).or_insert(next),
        };
        self.numbers.push(code);
    }

    /// The smallest and the largest number.
    pub fn ends(&self) -> Option<(i64, i64)> {
        let present = || self.numbers.iter().copied().filter(|number| *number != NONE);
        present().min().zip(present().max())
    }

    pub fn encode(self) -> Result<Vec<u8>, StoreError> {
        let numbers = ints::encode(&self.numbers)?;
        let Some(texts) = self.texts else { return Ok(numbers) };
        let mut by_code: Vec<_> = texts.into_iter().map(|(text, code)| (code, text)).collect();
        by_code.sort_unstable();
        let texts: Vec<String> = by_code.into_iter().map(|(_, text)| text).collect();
        let texts =
            serde_json::to_vec(&texts).map_err(|e| StoreError::backend("pack a column", e))?;
        let length = u32::try_from(texts.len()).map_err(|e| StoreError::backend("pack", e))?;
        Ok([&length.to_le_bytes()[..], &texts, &numbers].concat())
    }
}
