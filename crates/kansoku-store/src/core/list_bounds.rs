//! Limits of lists: the length of texts, and the bytes of one page.
//!
//! Ordinary traces never reach these limits. Reads of a single trace return the full texts.
use kansoku_model::{Assessment, AssessmentValue, SpanRow, TraceInfo};
use serde_json::Value;

/// Longest preview, tag, value, rationale or error in a list, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Most bytes of assessments of one trace in a list; the first by time are kept.
const ASSESSMENTS_BYTES_MAX: usize = 2 << 20;
/// A page ends once its entries take this many bytes.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Fixed overhead charged per entry of a list, in bytes, in addition to its texts.
const ENTRY_BYTES: usize = 200;
/// Fixed overhead charged per span, in bytes, in addition to its texts.
const SPAN_BYTES: usize = 500;

/// Longest name of a span in a list, in characters.
pub const NAME_CHARS_MAX: usize = 1024;

/// The name of a span in lists, truncated to [`NAME_CHARS_MAX`].
pub fn short_name(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The approximate bytes of a span in a list.
pub fn span_bytes(row: &SpanRow) -> usize {
    let texts = [Some(&row.name), row.span_type.as_ref(), row.model.as_ref(), row.error.as_ref()];
    SPAN_BYTES + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

/// The bytes that are left on a page.
pub struct ListRoom {
    left: usize,
    is_empty: bool,
    is_full: bool,
}

impl Default for ListRoom {
    fn default() -> Self {
        Self { left: PAGE_BYTES_MAX, is_empty: true, is_full: false }
    }
}

impl ListRoom {
    /// Whether an entry of this size fits on the page; the first one always does.
    pub fn take(&mut self, bytes: usize) -> bool {
        let fits = !self.is_full && (self.is_empty || bytes <= self.left);
        self.left = self.left.saturating_sub(bytes);
        self.is_empty = false;
        self.is_full = !fits || self.left == 0;
        fits
    }

    pub fn is_full(&self) -> bool {
        self.is_full
    }
}

/// Truncates a long text, and appends a note with its full length.
pub fn shorten(text: &mut String) {
    if TEXT_BYTES_MAX < text.len() {
        let bytes = text.len();
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push_str(&format!("… [cut: {bytes} bytes in all]"));
        text.shrink_to_fit();
    }
}

fn shorten_value(value: &mut Value) {
    match value {
        Value::String(text) => shorten(text),
        Value::Array(_) | Value::Object(_) => {
            let mut json = value.to_string();
            if TEXT_BYTES_MAX < json.len() {
                shorten(&mut json);
                *value = Value::String(json);
            }
        }
        _ => {}
    }
}

/// Truncates the texts of an assessment for a list.
pub fn shorten_assessment(assessment: &mut Assessment) {
    match &mut assessment.value {
        AssessmentValue::Feedback { value, error } => {
            shorten_value(value);
            if let Some(error) = error {
                let texts =
                    [&mut error.error_code, &mut error.error_message, &mut error.stack_trace];
                texts.into_iter().flatten().for_each(shorten);
            }
        }
        AssessmentValue::Expectation(value) => shorten_value(value),
        AssessmentValue::Issue { issue_name } => shorten(issue_name),
    }
    assessment.rationale.iter_mut().for_each(shorten);
    assessment.source.source_id.iter_mut().for_each(shorten);
    assessment.metadata.values_mut().for_each(shorten);
}

/// Truncates the texts of a trace for a list, except those of its assessments.
pub fn shorten_info(info: &mut TraceInfo) {
    let previews = [&mut info.request_preview, &mut info.response_preview];
    previews.into_iter().flatten().for_each(shorten);
    let ids = [&mut info.client_request_id, &mut info.name];
    ids.into_iter().flatten().for_each(shorten);
    info.tags.values_mut().chain(info.metadata.values_mut()).for_each(shorten);
}

/// Truncates an info for a list, including the number of its assessments.
pub fn listed(mut info: TraceInfo) -> TraceInfo {
    let mut shown = Vec::new();
    for mut assessment in std::mem::take(&mut info.assessments) {
        if shows_more(&shown) {
            shorten_assessment(&mut assessment);
            shown.push(assessment);
        }
    }
    info.assessments = shown;
    shorten_info(&mut info);
    info
}

/// Whether a list has room for another assessment of a trace, after the ones in `shown`.
pub fn shows_more(shown: &[Assessment]) -> bool {
    shown.iter().map(held_bytes).sum::<usize>() < ASSESSMENTS_BYTES_MAX
}

pub fn held_bytes(assessment: &Assessment) -> usize {
    let value = match &assessment.value {
        AssessmentValue::Feedback { value, error } => {
            let texts = error
                .iter()
                .flat_map(|error| [&error.error_code, &error.error_message, &error.stack_trace]);
            value_bytes(value) + texts.flatten().map(String::len).sum::<usize>()
        }
        AssessmentValue::Expectation(value) => value_bytes(value),
        AssessmentValue::Issue { issue_name } => issue_name.len(),
    };
    let metadata = assessment.metadata.iter().map(|(key, value)| key.len() + value.len());
    let texts = [&assessment.rationale, &assessment.source.source_id];
    let texts = texts.into_iter().flatten().map(String::len);
    ENTRY_BYTES + value + metadata.sum::<usize>() + texts.sum::<usize>()
}

pub(super) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 8 + value_bytes(item)).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| 8 + key.len() + value_bytes(value)).sum()
        }
        _ => 8,
    }
}

/// The approximate bytes of a trace in a list.
pub fn info_bytes(info: &TraceInfo) -> usize {
    let texts =
        [&info.request_preview, &info.response_preview, &info.client_request_id, &info.name];
    let entries = info.tags.iter().chain(&info.metadata);
    ENTRY_BYTES
        + texts.into_iter().flatten().map(String::len).sum::<usize>()
        + entries.map(|(key, value)| 16 + key.len() + value.len()).sum::<usize>()
        + info.assessments.iter().map(held_bytes).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends_with_how_long_it_was() {
        let mut text = "é".repeat(TEXT_BYTES_MAX);
        shorten(&mut text);
        assert!(text.len() < TEXT_BYTES_MAX + 50);
        assert!(text.ends_with("é… [cut: 131072 bytes in all]"));
        let mut fits = "x".repeat(TEXT_BYTES_MAX);
        shorten(&mut fits);
        assert_eq!(fits.len(), TEXT_BYTES_MAX);
    }

    #[test]
    fn a_page_has_one_entry_at_least_and_then_only_what_fits() {
        let mut room = ListRoom::default();
        assert!(room.take(2 * PAGE_BYTES_MAX) && room.is_full());
        let mut room = ListRoom::default();
        assert!(room.take(PAGE_BYTES_MAX - 1) && !room.is_full());
        assert!(!room.take(2) && room.is_full());
        assert!(!room.take(0), "what comes after the end is on the next page");
    }
}
