//! Reads a struct from the fields of a request, by the rules of the getters of [`Fields`].
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::{FieldError, Fields};

impl Fields {
    /// Reads a struct whose fields are strings, numbers, booleans, lists of these, enums without
    /// payload, or JSON.
    ///
    /// Each field is found by its name. A field that is not an `Option` and has no default is
    /// required. An empty string counts as missing there, unless its type is a newtype.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, FieldError> {
        T::deserialize(StructReader { fields: self })
    }
}

impl de::Error for FieldError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Invalid(message.to_string())
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name.to_owned())
    }
}

struct StructReader<'a> {
    fields: &'a Fields,
}

impl<'de> Deserializer<'de> for StructReader<'_> {
    type Error = FieldError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_map(PresentFields { fields: self.fields, names: names.iter(), value: None })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, FieldError> {
        Err(FieldError::Invalid("a request is read into a struct".to_owned()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields of a struct that are present in the request.
struct PresentFields<'a> {
    fields: &'a Fields,
    names: std::slice::Iter<'static, &'static str>,
    value: Option<(&'static str, &'a Value)>,
}

impl<'de> MapAccess<'de> for PresentFields<'_> {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldError> {
        for name in self.names.by_ref() {
            if let Some(value) = self.fields.get(name)? {
                self.value = Some((name, value));
                return seed.deserialize((*name).into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, FieldError> {
        let (name, value) = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(ValueReader { fields: self.fields, name, value, is_required: true })
    }
}

/// The value of a field, or of an item in a list field.
struct ValueReader<'a> {
    fields: &'a Fields,
    name: &'static str,
    value: &'a Value,
    is_required: bool,
}

impl ValueReader<'_> {
    fn text(&self) -> Result<String, FieldError> {
        let text = self.fields.expect_str(self.name, self.value)?;
        match text.is_empty() && self.is_required {
            true => Err(self.fields.missing(self.name)),
            false => Ok(text),
        }
    }
}

impl<'de> Deserializer<'de> for ValueReader<'_> {
    type Error = FieldError;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_some(Self { is_required: false, ..self })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(Self { is_required: false, ..self })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_i64(self.fields.expect_i64(self.name, self.value)?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let number = u64::try_from(self.fields.expect_i64(self.name, self.value)?);
        visitor.visit_u64(number.map_err(|_| self.fields.wrong_type(self.name, self.value))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_f64(self.fields.expect_f64(self.name, self.value)?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_bool(self.fields.expect_bool(self.name, self.value)?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let items = match self.value {
            Value::Array(items) => items.as_slice(),
            // A query in which the key occurs once.
            Value::String(_) => std::slice::from_ref(self.value),
            value => return Err(self.fields.wrong_type(self.name, value)),
        };
        visitor.visit_seq(Items { fields: self.fields, name: self.name, items: items.iter() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        let text = self.text()?;
        if !variants.contains(&text.as_str()) {
            let message = format!("`{}` is {}", self.name, alternatives(variants));
            return Err(FieldError::Invalid(message));
        }
        visitor.visit_enum(text.into_deserializer())
    }

    /// JSON, unchanged.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let read = self.value.clone().deserialize_any(visitor);
        read.map_err(|error| FieldError::Invalid(format!("`{}`: {error}", self.name)))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u32 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}

struct Items<'a> {
    fields: &'a Fields,
    name: &'static str,
    items: std::slice::Iter<'a, Value>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = FieldError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FieldError> {
        let Some(value) = self.items.next() else { return Ok(None) };
        let item = ValueReader { fields: self.fields, name: self.name, value, is_required: false };
        seed.deserialize(item).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The alternatives in words: `a`, `b` or `c`.
fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Request {
        trace_name: String,
        note: Option<String>,
        #[serde(default)]
        ids: Vec<String>,
        max_results: Option<i64>,
        after: Option<u64>,
        threshold: Option<f64>,
        dry_run: Option<bool>,
        format: Option<Format>,
        state: Option<Value>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Format {
        Csv,
        Otlp,
        Jsonl,
    }

    fn read(json: Value) -> Result<Request, FieldError> {
        let Value::Object(values) = json else { panic!("not an object: {json}") };
        Fields::new(values).read()
    }

    #[test]
    fn a_struct_is_read_by_the_rules_of_the_getters() {
        let asked = read(json!({
            "traceName": "a", "note": null, "ids": "one", "max_results": "7", "after": 3.0,
            "threshold": "NaN", "dryRun": "True", "format": "otlp", "state": {"a": [1]},
            "unknown": 1,
        }))
        .unwrap();
        assert_eq!((asked.trace_name.as_str(), asked.note), ("a", None));
        assert_eq!((asked.ids, asked.max_results), (vec!["one".to_owned()], Some(7)));
        assert!(asked.threshold.is_some_and(f64::is_nan));
        assert_eq!(
            (asked.after, asked.dry_run, asked.format),
            (Some(3), Some(true), Some(Format::Otlp))
        );
        assert_eq!(asked.state, Some(json!({ "a": [1] })));
    }

    #[test]
    fn a_refusal_names_the_field() {
        let refused = |json: Value| read(json).unwrap_err().to_string();
        for (json, words) in [
            (json!({}), "required parameter 'trace_name'"),
            (json!({"trace_name": ""}), "required parameter 'trace_name'"),
            (json!({"trace_name": 1}), "Invalid value 1 for parameter 'trace_name'"),
            (json!({"trace_name": "a", "traceName": "a"}), "'trace_name' is given in snake_case"),
            (json!({"trace_name": "a", "max_results": "x"}), "\"x\" for parameter 'max_results'"),
            (json!({"trace_name": "a", "after": -1}), "-1 for parameter 'after'"),
            (json!({"trace_name": "a", "ids": [1]}), "1 for parameter 'ids'"),
            (json!({"trace_name": "a", "ids": 1}), "1 for parameter 'ids'"),
            (json!({"trace_name": "a", "dry_run": "no"}), "Invalid boolean value: no"),
            (json!({"trace_name": "a", "format": "x"}), "`format` is `csv`, `otlp` or `jsonl`"),
        ] {
            let message = refused(json);
            assert!(message.contains(words), "{message}");
        }
    }
}
