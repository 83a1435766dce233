//! Judges that are written by hand, as TOML.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::builtin::BuiltIn;
use super::error::JudgeError;
use super::judge::Judge;
use super::template::Template;
use super::value_type::{Primitive, ValueType};

/// A table such as `[judges.polite]`. It has either a `class`, which is the name of a built-in judge
/// such as `Safety`, or `instructions` with variables such as `{{ outputs }}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeSettings {
    pub model: Option<String>,
    pub class: Option<String>,
    /// For the built-in judges of guidelines.
    pub guidelines: Option<Vec<String>>,
    pub instructions: Option<String>,
    /// The value's type, `boolean`, `integer`, `number` or `string`, or its possible values.
    pub values: Option<JudgeValues>,
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum JudgeValues {
    Type(String),
    Literal(Vec<Value>),
}

impl JudgeSettings {
    /// The judge in the form that MLflow's client registers and reads, so that it can be registered
    /// like any other. Fails if the settings are invalid.
    pub fn to_serialized(&self, name: &str) -> Result<String, JudgeError> {
        let invalid = |problem: String| JudgeError::Invalid { name: name.to_owned(), problem };
        let mut data = Map::new();
        let mut params = Map::new();
        let set = |map: &mut Map<String, Value>, key: &str, value: Option<Value>| {
            map.extend(value.map(|value| (key.to_owned(), value)));
        };
        set(&mut params, "temperature", self.temperature.map(Value::from));
        set(&mut params, "max_tokens", self.max_tokens.map(Value::from));
        set(&mut data, "model", self.model.clone().map(Value::from));
        set(&mut data, "inference_params", (!params.is_empty()).then_some(Value::Object(params)));
        let mut scorer = json!({"name": name, "serialization_version": 1});
        match (&self.class, &self.instructions) {
            (Some(class), None) if self.values.is_none() => {
                let built_in = BuiltIn::find(class);
                let built_in = built_in
                    .ok_or_else(|| invalid(format!("the class `{class:.100}` is unknown")))?;
                set(&mut data, "name", Some(json!(name)));
                set(&mut data, "guidelines", self.guidelines.clone().map(Value::from));
                scorer["is_session_level_scorer"] = json!(built_in.is_session_level());
                scorer["builtin_scorer_class"] = json!(class);
                scorer["builtin_scorer_pydantic_data"] = Value::Object(data);
            }
            (None, Some(instructions)) if self.guidelines.is_none() => {
                let value_type = self.value_type().map_err(invalid)?;
                let schema = value_type.schema();
                let template = Template::new(instructions, value_type, false).map_err(invalid)?;
                set(&mut data, "instructions", Some(json!(instructions)));
                set(&mut data, "feedback_value_type", Some(schema));
                scorer["is_session_level_scorer"] = json!(template.is_session_level());
                scorer["instructions_judge_pydantic_data"] = Value::Object(data);
            }
            _ => {
                let problem = "it must have either `class`, with `guidelines` if the class needs \
                               them, or `instructions`, with `values`";
                return Err(invalid(problem.to_owned()));
            }
        }
        let serialized = scorer.to_string();
        Judge::from_serialized(&serialized)?;
        Ok(serialized)
    }

    fn value_type(&self) -> Result<ValueType, String> {
        match &self.values {
            None => Ok(ValueType::Primitive(Primitive::Bool)),
            Some(JudgeValues::Type(name)) => ValueType::from_schema(&json!({"type": name})),
            Some(JudgeValues::Literal(values)) => ValueType::from_schema(&json!({"enum": values})),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<Judge, JudgeError> {
        let settings: JudgeSettings = toml::from_str(text).unwrap();
        Judge::from_serialized(&settings.to_serialized("mine")?)
    }

    #[test]
    fn a_table_has_a_class_or_instructions() {
        let polite = judge("class = \"Guidelines\"\nguidelines = [\"Be kind.\"]").unwrap();
        assert_eq!((polite.name(), polite.criteria().as_str()), ("mine", "Be kind."));
        let good = judge("instructions = \"{{ outputs }}?\"\nvalues = [\"good\", 3]").unwrap();
        assert_eq!(good.value_type(), ValueType::Literal(vec![json!("good"), json!(3)]));
        let session = judge("instructions = \"{{ conversation }}?\"\ntemperature = 0").unwrap();
        assert!(session.is_session_level());
        assert_eq!(session.value_type(), ValueType::Primitive(Primitive::Bool));
    }

    #[test]
    fn other_tables_are_refused() {
        for (text, part) in [
            ("model = \"gateway:/x\"", "either `class`"),
            ("class = \"Safety\"\ninstructions = \"{{ outputs }}\"", "either `class`"),
            ("class = \"Safety\"\nvalues = \"boolean\"", "either `class`"),
            ("class = \"Vibes\"", "`Vibes` is unknown"),
            ("class = \"Guidelines\"", "`guidelines` must be"),
            ("instructions = \"good?\"", "name no variable"),
            ("instructions = \"{{ outputs }}\"\nvalues = \"money\"", "not supported"),
            ("class = \"Safety\"\ntemperature = 9.5", "out of its range"),
        ] {
            let error = judge(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
