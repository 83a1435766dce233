//! Limits and alphabets of names and values, refused in MLflow's words.
use crate::ApiError;

/// `length_max` counts characters.
pub(crate) fn check_length(name: &str, text: &str, length_max: usize) -> Result<(), ApiError> {
    // Bytes are at least characters: most texts need no counting.
    if text.len() <= length_max || text.chars().count() <= length_max {
        return Ok(());
    }
    let message = format!("'{name}' exceeds the maximum length of {length_max} characters");
    Err(ApiError::invalid(message))
}

/// The alphabet of keys: tags, params, metrics.
pub(crate) fn check_key(name: &str, key: &str) -> Result<(), ApiError> {
    let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_-.:/".contains(c);
    if key.chars().all(fits) {
        return Ok(());
    }
    let shown: String = key.chars().take(100).collect();
    Err(ApiError::invalid(format!(
        "Invalid value \"{shown}\" for parameter '{name}' supplied: Names may only contain \
         alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and \
         slashes (/)."
    )))
}

/// Values that are too long are cut, not refused: losing a tail beats losing a run.
pub(crate) fn truncated(mut text: String, length_max: usize) -> String {
    if length_max < text.len()
        && let Some((end, _)) = text.char_indices().nth(length_max)
    {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
