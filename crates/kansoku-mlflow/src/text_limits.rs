//! Limits of names and values, with MLflow's error messages.
use crate::RequestError;

/// Fails if `text` has more than `length_max` characters.
pub fn check_length(name: &str, text: &str, length_max: usize) -> Result<(), RequestError> {
    // A text has at most as many characters as bytes, so most texts need no counting.
    if text.len() <= length_max || text.chars().count() <= length_max {
        return Ok(());
    }
    let message = format!("'{name}' exceeds the maximum length of {length_max} characters");
    Err(RequestError::invalid(message))
}

/// Fails if a key of a tag, param or metric has characters that MLflow does not allow.
pub fn check_key(name: &str, key: &str) -> Result<(), RequestError> {
    let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_-.:/".contains(c);
    if key.chars().all(fits) {
        return Ok(());
    }
    let shown: String = key.chars().take(100).collect();
    Err(RequestError::invalid(format!(
        "Invalid value \"{shown}\" for parameter '{name}' supplied: Names may only contain \
         alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and \
         slashes (/)."
    )))
}

/// Checks that a name is a normal path, since clients keep some named things in files.
pub fn check_path(name: &str, path: &str) -> Result<(), RequestError> {
    let is_normal = |segment: &str| !matches!(segment, "" | "." | "..");
    if !path.starts_with("..") && path.split('/').all(is_normal) {
        return Ok(());
    }
    let shown: String = path.chars().take(100).collect();
    Err(RequestError::invalid(format!(
        "Invalid value \"{shown}\" for parameter '{name}' supplied: Names may be treated as files, \
         so a name must not begin with `..` or `/`, end with `/`, or have `.`, `..` or nothing \
         between slashes."
    )))
}

/// Truncates a value to `length_max` characters, because rejecting it could lose a whole run.
pub fn truncate(mut text: String, length_max: usize) -> String {
    if length_max < text.len()
        && let Some((end, _)) = text.char_indices().nth(length_max)
    {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
