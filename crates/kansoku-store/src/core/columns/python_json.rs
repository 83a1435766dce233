//! JSON as MLflow's server stores values, which is the output of Python's `json.dumps`: a space
//! after `:` and `,`, and only ASCII.
use std::fmt::Write;

use serde_json::Value;

/// Reformats JSON that way; a text that is not JSON stays as it is.
pub fn respelled(json: &str) -> String {
    let Ok(value) = serde_json::from_str(json) else { return json.to_owned() };
    let mut text = String::with_capacity(json.len());
    write(&mut text, &value);
    text
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(out, "{value}");
        }
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (key, item)) in fields.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_text(out, key);
                out.push_str(": ");
                write(out, item);
            }
            out.push('}');
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    for c in Value::from(text).to_string().chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_as_python_spells_them() {
        assert_eq!(respelled(r#"{"a":[1.0,true,null]}"#), r#"{"a": [1.0, true, null]}"#);
        assert_eq!(respelled("\"é🙂\\n\""), r#""\u00e9\ud83d\ude42\n""#);
        assert_eq!(respelled("no json"), "no json");
    }
}
