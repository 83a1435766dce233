//! The end of a page of a search, as a token for the next page.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{FilterError, Order, SqlValue, limits::PAGE_TOKEN_BYTES_MAX};

/// The sort keys and id of a page's last trace.
#[derive(Clone, Debug, PartialEq)]
pub struct PageToken {
    pub values: Vec<SqlValue>,
    pub trace_id: String,
}

impl PageToken {
    pub fn encode(&self) -> String {
        let mut items = vec![Value::from(self.trace_id.as_str())];
        items.extend(self.values.iter().map(|value| match value {
            SqlValue::Null => Value::Null,
            SqlValue::Integer(n) => Value::from(*n),
            SqlValue::Real(n) => Value::from(*n),
            SqlValue::Text(text) => Value::from(text.as_str()),
        }));
        URL_SAFE_NO_PAD.encode(Value::Array(items).to_string())
    }

    /// Fails if the text is no token, or is one of a search in another order.
    pub fn decode(text: &str, order: &Order) -> Result<Self, FilterError> {
        read(text).filter(|token| order.fits(&token.values)).ok_or_else(|| FilterError {
            message: "Invalid page token: repeat the search without it, or with the filter and \
                      order_by it was given for"
                .to_owned(),
            filter: String::new(),
            at: 0..0,
        })
    }
}

fn read(text: &str) -> Option<PageToken> {
    if PAGE_TOKEN_BYTES_MAX < text.len() {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let mut items: Vec<Value> = serde_json::from_slice(&json).ok()?;
    if items.is_empty() {
        return None;
    }
    let Value::String(trace_id) = items.remove(0) else {
        return None;
    };
    let mut values = Vec::new();
    for item in items {
        values.push(match item {
            Value::Null => SqlValue::Null,
            Value::String(text) => SqlValue::Text(text),
            Value::Number(n) => match n.as_i64() {
                Some(integer) => SqlValue::Integer(integer),
                None => SqlValue::Real(n.as_f64()?),
            },
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        });
    }
    Some(PageToken { values, trace_id })
}
