//! The forms in which a text from a filter can be stored.

/// `'yes'` stands for the JSON text `yes` and for the JSON string `"yes"`.
pub(crate) fn json_forms(value: &str) -> [String; 2] {
    [value.to_owned(), serde_json::Value::from(value).to_string()]
}

/// A text can occur in a span's JSON as it is, escaped in a string, or escaped twice in JSON inside
/// of a string.
pub(crate) fn payload_forms(part: &str) -> Vec<String> {
    let escaped = |text: &str| {
        let json = serde_json::Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    let mut forms = vec![part.to_owned()];
    for _ in 0..2 {
        let next = escaped(&forms[forms.len() - 1]);
        if forms.last() != Some(&next) {
            forms.push(next);
        }
    }
    forms
}
