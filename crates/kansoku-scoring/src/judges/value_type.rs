//! The type of a judge's value: as MLflow serializes it, as a JSON schema for the model, and as a
//! check of what the model answered.
use serde_json::{Value, json};

/// The most values of a literal, and of a list or dictionary that a model answers.
const VALUES_MAX: usize = 100;
/// The longest text in a literal or an answer, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    Bool,
    Int,
    Float,
    Str,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ValueType {
    Primitive(Primitive),
    /// A primitive or null.
    Optional(Primitive),
    Literal(Vec<Value>),
    List(Primitive),
    Dict(Primitive),
    /// `yes` or `no`, as built-in judges answer: synonyms that models write are one of the two.
    YesNo,
}

impl Primitive {
    const ALL: [Self; 4] = [Self::Bool, Self::Int, Self::Float, Self::Str];

    fn name(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int => "integer",
            Self::Float => "number",
            Self::Str => "string",
        }
    }

    fn from_schema(schema: &Value) -> Option<Self> {
        let name = schema.get("type")?.as_str()?;
        Self::ALL.into_iter().find(|primitive| primitive.name() == name)
    }

    /// The type that all values have.
    fn common_type(values: &[Value]) -> Option<Self> {
        let is_all = |check: fn(&Value) -> bool| values.iter().all(check);
        match values {
            _ if is_all(Value::is_string) => Some(Self::Str),
            _ if is_all(Value::is_boolean) => Some(Self::Bool),
            _ if is_all(Value::is_i64) => Some(Self::Int),
            _ => None,
        }
    }

    /// The value, also if a model wrote it as another type without a doubt about its meaning.
    fn convert(self, value: &Value) -> Option<Value> {
        let text = value.as_str().map(str::trim);
        match self {
            Self::Bool => match text.map(str::to_lowercase).as_deref() {
                None => value.is_boolean().then(|| value.clone()),
                Some("true" | "yes") => Some(json!(true)),
                Some("false" | "no") => Some(json!(false)),
                Some(_) => None,
            },
            Self::Int => {
                let number = text.map_or(Some(value.clone()), |text| text.parse().ok());
                let number = number?;
                number.as_i64().or_else(|| to_whole_number(number.as_f64()?)).map(Value::from)
            }
            Self::Float => {
                let number = text.map_or(value.as_f64(), |text| text.parse().ok());
                number.filter(|number| number.is_finite()).map(Value::from)
            }
            Self::Str => match value {
                Value::String(text) if text.chars().count() <= TEXT_CHARS_MAX => {
                    Some(value.clone())
                }
                Value::Bool(_) | Value::Number(_) => Some(Value::String(value.to_string())),
                _ => None,
            },
        }
    }
}

/// A number without a fraction that is exact in both types.
fn to_whole_number(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

impl ValueType {
    /// Reads the schema that MLflow writes for `feedback_value_type`.
    pub fn from_schema(schema: &Value) -> Result<Self, String> {
        let unsupported =
            || Err(format!("the value type `{:.200}` is not supported", schema.to_string()));
        if let Some(parts) = schema.get("anyOf").and_then(Value::as_array) {
            let is_null = |part: &&Value| part["type"] == "null";
            let others: Vec<&Value> = parts.iter().filter(|part| !is_null(part)).collect();
            return match (others.as_slice(), parts.len()) {
                ([one], 2) => Primitive::from_schema(one)
                    .map_or_else(unsupported, |it| Ok(Self::Optional(it))),
                _ => unsupported(),
            };
        }
        let literal = schema.get("enum").and_then(Value::as_array).cloned();
        let literal = literal.or_else(|| Some(vec![schema.get("const")?.clone()]));
        if let Some(values) = literal {
            return match is_literal(&values) {
                true => Ok(Self::Literal(values)),
                false => Err(format!("a literal has 1 to {VALUES_MAX} texts, numbers or booleans")),
            };
        }
        if let Some(primitive) = Primitive::from_schema(schema) {
            return Ok(Self::Primitive(primitive));
        }
        let part = |name: &str| schema.get(name).and_then(Primitive::from_schema);
        let read = match schema["type"].as_str() {
            Some("array") => part("items").map(Self::List),
            Some("object") => part("additionalProperties").map(Self::Dict),
            _ => None,
        };
        read.map_or_else(unsupported, Ok)
    }

    /// The schema of the value alone.
    pub fn schema(&self) -> Value {
        match self {
            Self::Primitive(primitive) => json!({"type": primitive.name()}),
            Self::Optional(primitive) => {
                json!({"anyOf": [{"type": primitive.name()}, {"type": "null"}]})
            }
            // Strict modes of providers require the type, too.
            Self::Literal(values) => match Primitive::common_type(values) {
                Some(primitive) => json!({"type": primitive.name(), "enum": values}),
                None => json!({"enum": values}),
            },
            Self::List(primitive) => json!({"type": "array", "items": {"type": primitive.name()}}),
            Self::Dict(primitive) => {
                json!({"type": "object", "additionalProperties": {"type": primitive.name()}})
            }
            Self::YesNo => json!({"type": "string", "enum": ["yes", "no"]}),
        }
    }

    /// Whether a schema with this value names every property.
    pub(super) fn is_closed(&self) -> bool {
        !matches!(self, Self::Dict(_))
    }

    /// The type in words, for a prompt.
    pub(super) fn description(&self) -> String {
        match self {
            Self::Primitive(primitive) => format!("a {}", primitive.name()),
            Self::Optional(primitive) => format!("a {}, or null", primitive.name()),
            Self::Literal(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                format!("one of {}", values.join(", "))
            }
            Self::List(primitive) => format!("a list, each item a {}", primitive.name()),
            Self::Dict(primitive) => format!("an object, each value a {}", primitive.name()),
            Self::YesNo => r#""yes" or "no""#.to_owned(),
        }
    }

    /// The value in this type; otherwise what is expected.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        let converted = match self {
            Self::Primitive(primitive) => primitive.convert(value),
            Self::Optional(_) if value.is_null() => Some(Value::Null),
            Self::Optional(primitive) => primitive.convert(value),
            Self::Literal(values) => find_literal(values, value),
            Self::List(primitive) => {
                value.as_array().filter(|it| it.len() <= VALUES_MAX).and_then(|items| {
                    items.iter().map(|item| primitive.convert(item)).collect::<Option<Value>>()
                })
            }
            Self::Dict(primitive) => {
                value.as_object().filter(|it| it.len() <= VALUES_MAX).and_then(|members| {
                    let convert = |(name, value): (&String, &Value)| {
                        Some((name.clone(), primitive.convert(value)?))
                    };
                    members.iter().map(convert).collect::<Option<_>>().map(Value::Object)
                })
            }
            Self::YesNo => yes_or_no(value).map(Value::from),
        };
        converted.ok_or_else(|| format!("`result` must be {}", self.description()))
    }
}

fn is_literal(values: &[Value]) -> bool {
    let is_primitive = |value: &Value| match value {
        Value::String(text) => text.chars().count() <= TEXT_CHARS_MAX,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    (1..=VALUES_MAX).contains(&values.len()) && values.iter().all(is_primitive)
}

/// The literal that is meant: equal, or the only one that differs in case or in its JSON type.
fn find_literal(values: &[Value], value: &Value) -> Option<Value> {
    if values.contains(value) {
        return Some(value.clone());
    }
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_lowercase(),
        other => other.to_string(),
    };
    let wanted = text(value);
    let mut found = values.iter().filter(|it| text(it) == wanted);
    let first = found.next()?.clone();
    found.next().is_none().then_some(first)
}

fn yes_or_no(value: &Value) -> Option<&'static str> {
    let word = match value {
        Value::String(text) => text.trim().trim_end_matches('.').to_lowercase(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    match word.as_str() {
        "yes" | "y" | "true" | "1" | "1.0" | "pass" | "passed" | "correct" | "valid" => Some("yes"),
        "no" | "n" | "false" | "0" | "0.0" | "fail" | "failed" | "incorrect" | "invalid" => {
            Some("no")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_value(schema: Value, value: Value) -> Option<Value> {
        ValueType::from_schema(&schema).unwrap().check(&value).ok()
    }

    #[test]
    fn a_value_of_another_type_is_converted_if_it_is_unambiguous() {
        for (name, value, expected) in [
            ("boolean", json!("Yes"), Some(json!(true))),
            ("boolean", json!(1), None),
            ("integer", json!("4"), Some(json!(4))),
            ("integer", json!(4.0), Some(json!(4))),
            ("integer", json!(4.5), None),
            ("integer", json!(1e300), None),
            ("integer", json!(true), None),
            ("number", json!(1), Some(json!(1.0))),
            ("number", json!("0.5"), Some(json!(0.5))),
            ("number", json!("inf"), None),
            ("string", json!(3), Some(json!("3"))),
            ("string", json!(null), None),
            ("string", json!({"a": 1}), None),
        ] {
            assert_eq!(
                check_value(json!({"type": name}), value.clone()),
                expected,
                "{name} {value}"
            );
        }
    }

    #[test]
    fn a_literal_is_one_of_its_values() {
        let schema = json!({"enum": ["Good", "bad", 1, true]});
        for (value, expected) in [
            (json!("Good"), Some(json!("Good"))),
            (json!(" good "), Some(json!("Good"))),
            (json!("1"), Some(json!(1))),
            (json!(true), Some(json!(true))),
            (json!("excellent"), None),
            (json!(null), None),
        ] {
            assert_eq!(check_value(schema.clone(), value.clone()), expected, "{value}");
        }
        let ambiguous = json!({"enum": ["A", "a"]});
        assert_eq!(check_value(ambiguous.clone(), json!("a")), Some(json!("a")));
        assert_eq!(check_value(json!({"enum": ["AB", "Ab"]}), json!("ab")), None);
        let error = ValueType::from_schema(&schema).unwrap().check(&json!("x")).unwrap_err();
        assert_eq!(error, r#"`result` must be one of "Good", "bad", 1, true"#);
    }

    #[test]
    fn lists_and_dictionaries_are_checked_item_by_item() {
        let list = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(check_value(list.clone(), json!([1, "2"])), Some(json!([1, 2])));
        assert_eq!(check_value(list.clone(), json!([1, "x"])), None);
        let dict = json!({"type": "object", "additionalProperties": {"type": "boolean"}});
        assert_eq!(check_value(dict.clone(), json!({"a": "no"})), Some(json!({"a": false})));
        assert_eq!(check_value(dict, json!({"a": {}})), None);
        assert!(check_value(list.clone(), json!(vec![1; VALUES_MAX])).is_some());
        assert_eq!(check_value(list, json!(vec![1; VALUES_MAX + 1])), None);
        let text = json!({"type": "string"});
        assert!(check_value(text.clone(), json!("x".repeat(TEXT_CHARS_MAX))).is_some());
        assert_eq!(check_value(text, json!("x".repeat(TEXT_CHARS_MAX + 1))), None);
    }

    #[test]
    fn words_for_yes_and_no_are_one_of_them() {
        for (value, expected) in [
            (json!("Yes."), Some(json!("yes"))),
            (json!(false), Some(json!("no"))),
            (json!("passed"), Some(json!("yes"))),
            (json!("maybe"), None),
            (json!(["yes"]), None),
        ] {
            assert_eq!(ValueType::YesNo.check(&value).ok(), expected, "{value}");
        }
    }

    #[test]
    fn a_literal_has_a_type_if_its_values_have_one() {
        for (values, name) in [
            (json!(["a", "b"]), json!("string")),
            (json!([1, 2]), json!("integer")),
            (json!([true]), json!("boolean")),
            (json!(["a", 1]), json!(null)),
        ] {
            let literal = ValueType::from_schema(&json!({"enum": values})).unwrap();
            assert_eq!(literal.schema()["type"], name, "{values}");
            assert_eq!(ValueType::from_schema(&literal.schema()), Ok(literal));
        }
    }

    #[test]
    fn other_schemas_are_refused() {
        for schema in [
            json!(null),
            json!({}),
            json!({"type": "null"}),
            json!({"type": "array"}),
            json!({"type": "object", "additionalProperties": {"type": "array"}}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"enum": []}),
            json!({"enum": [null]}),
            json!({"const": {}}),
            json!({"enum": vec![1; VALUES_MAX + 1]}),
        ] {
            assert!(ValueType::from_schema(&schema).is_err(), "{schema}");
        }
        assert!(ValueType::from_schema(&json!({"enum": vec![1; VALUES_MAX]})).is_ok());
    }
}
