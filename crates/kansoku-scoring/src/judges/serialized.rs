//! Reads the text that MLflow's client registers for a scorer.
use serde::Deserialize;
use serde_json::{Map, Value};

use super::builtin::BuiltIn;
use super::error::JudgeError;
use super::judge::{BuiltInJudge, Judge, JudgeKind};
use super::template::Template;
use super::value_type::{Primitive, ValueType};
use crate::models::InferenceParams;

const SERIALIZED_BYTES_MAX: usize = 1 << 20;
const GUIDELINES_MAX: usize = 100;
/// The longest guidelines together, in characters.
const GUIDELINES_CHARS_MAX: usize = 50_000;
const MAX_TOKENS_MAX: u64 = 100_000;

/// How a scorer is run.
#[derive(Clone, Debug, PartialEq)]
pub enum ScorerKind {
    /// By asking a model.
    Judge(Box<Judge>),
    /// By a rule of MLflow without a model, such as `RegexMatch`, with its settings.
    Check { name: String, class: String, settings: Value },
    /// By Python code, which only a worker runs.
    Python { name: String, is_session_level: bool },
    /// Not at all.
    Unsupported { name: String, reason: String },
}

/// MLflow's `SerializedScorer`. Fields of later versions are ignored, as MLflow does.
#[derive(Deserialize)]
struct SerializedScorer {
    name: String,
    #[serde(default)]
    is_session_level_scorer: bool,
    builtin_scorer_class: Option<String>,
    builtin_scorer_pydantic_data: Option<Map<String, Value>>,
    call_source: Option<String>,
    instructions_judge_pydantic_data: Option<Map<String, Value>>,
    memory_augmented_judge_data: Option<Value>,
    third_party_scorer_data: Option<Value>,
    ensemble_scorer_data: Option<Value>,
}

/// The rules among MLflow's built-in scorers.
const CHECKS: [&str; 3] = ["RegexMatch", "PIIDetection", "ResponseLength"];

impl ScorerKind {
    /// Fails if the text is not a serialized scorer, or a judge with invalid settings.
    pub fn from_serialized(json: &str) -> Result<Self, JudgeError> {
        if SERIALIZED_BYTES_MAX < json.len() {
            let (bytes, max) = (json.len(), SERIALIZED_BYTES_MAX);
            return Err(JudgeError::TooLong { bytes, max });
        }
        let scorer: SerializedScorer = serde_json::from_str(json)
            .map_err(|error| JudgeError::Malformed(format!("{error:.200}")))?;
        let name = scorer.name.clone();
        let unsupported =
            |reason: &str| Ok(Self::Unsupported { name: name.clone(), reason: reason.to_owned() });
        if let Some(class) = scorer.builtin_scorer_class {
            let settings = scorer.builtin_scorer_pydantic_data.unwrap_or_default();
            if CHECKS.contains(&class.as_str()) {
                return Ok(Self::Check { name, class, settings: Value::Object(settings) });
            }
            return match BuiltIn::find(&class) {
                Some(built_in) => built_in_judge(name, built_in, &settings),
                None => unsupported(&format!("the built-in scorer `{class:.100}` is unknown")),
            };
        }
        if let Some(settings) = scorer.instructions_judge_pydantic_data {
            return template_judge(name, &settings);
        }
        if scorer.call_source.is_some() {
            return Ok(Self::Python { name, is_session_level: scorer.is_session_level_scorer });
        }
        if scorer.memory_augmented_judge_data.is_some() {
            return unsupported("judges with a memory of examples are run by MLflow only");
        }
        if let Some(data) = scorer.third_party_scorer_data {
            let module = data["module"].as_str().unwrap_or("another library");
            return unsupported(&format!("scorers of `{module:.100}` are run by Python only"));
        }
        if scorer.ensemble_scorer_data.is_some() {
            return unsupported("ensembles of scorers are run by MLflow only");
        }
        unsupported("its form is unknown")
    }
}

impl Judge {
    /// Reads a judge. Fails for other scorers, too; [`ScorerKind::from_serialized`] tells them apart.
    pub fn from_serialized(json: &str) -> Result<Self, JudgeError> {
        match ScorerKind::from_serialized(json)? {
            ScorerKind::Judge(judge) => Ok(*judge),
            ScorerKind::Check { name, .. } => Err(JudgeError::Check { name }),
            ScorerKind::Python { name, .. } => Err(JudgeError::Python { name }),
            ScorerKind::Unsupported { reason, .. } => Err(JudgeError::Unsupported(reason)),
        }
    }
}

fn built_in_judge(
    name: String,
    built_in: &'static BuiltIn,
    settings: &Map<String, Value>,
) -> Result<ScorerKind, JudgeError> {
    let invalid = |problem: String| JudgeError::Invalid { name: name.clone(), problem };
    let flag = |setting: &str| settings.get(setting).and_then(Value::as_bool).unwrap_or(false);
    let guidelines = match built_in.has_guidelines {
        true => guidelines(settings.get("guidelines")).map_err(invalid)?,
        false => Vec::new(),
    };
    let judge = BuiltInJudge {
        built_in,
        guidelines,
        exact_match: flag("should_exact_match"),
        ordered: flag("should_consider_ordering"),
    };
    build_judge(name, settings, JudgeKind::BuiltIn(judge))
}

fn template_judge(name: String, settings: &Map<String, Value>) -> Result<ScorerKind, JudgeError> {
    let invalid = |problem: String| JudgeError::Invalid { name: name.clone(), problem };
    let Some(instructions) = settings.get("instructions").and_then(Value::as_str) else {
        return Err(invalid("`instructions` are missing".to_owned()));
    };
    if settings.get("model_api").is_some_and(|api| api == "decisions") {
        let reason = "judges by OpenAI's decisions interface are run by MLflow only".to_owned();
        return Ok(ScorerKind::Unsupported { name, reason });
    }
    let value_type = match settings.get("feedback_value_type") {
        None | Some(Value::Null) => ValueType::Primitive(Primitive::Str),
        Some(schema) => ValueType::from_schema(schema).map_err(invalid)?,
    };
    let rationale_first = settings.get("generate_rationale_first") == Some(&Value::Bool(true));
    let template = Template::new(instructions, value_type, rationale_first).map_err(invalid)?;
    build_judge(name, settings, JudgeKind::Template(template))
}

fn build_judge(
    name: String,
    settings: &Map<String, Value>,
    kind: JudgeKind,
) -> Result<ScorerKind, JudgeError> {
    let invalid = |problem: String| JudgeError::Invalid { name: name.clone(), problem };
    // They could contain keys, and would be sent to whatever the model is.
    if settings.get("extra_headers").is_some_and(|headers| !headers.is_null()) {
        return Err(invalid(
            "`extra_headers` are not sent; use an endpoint of the settings".to_owned(),
        ));
    }
    let params = inference_params(settings.get("inference_params")).map_err(invalid)?;
    let model = match settings.get("model") {
        None | Some(Value::Null) => None,
        Some(Value::String(model)) => Some(model.clone()),
        Some(_) => return Err(invalid("`model` must be a text".to_owned())),
    };
    Ok(ScorerKind::Judge(Box::new(Judge { name, model, params, kind })))
}

/// One text or a list of them.
fn guidelines(value: Option<&Value>) -> Result<Vec<String>, String> {
    let guidelines = match value {
        Some(Value::String(text)) => Some(vec![text.clone()]),
        Some(Value::Array(items)) if items.len() <= GUIDELINES_MAX => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    let guidelines = guidelines.filter(|all| all.iter().any(|text| !text.trim().is_empty()));
    let chars = guidelines.iter().flatten().map(|text| text.chars().count()).sum::<usize>();
    guidelines.filter(|_| chars <= GUIDELINES_CHARS_MAX).ok_or_else(|| {
        format!(
            "`guidelines` must be a text or 1 to {GUIDELINES_MAX} texts, together of at most \
             {GUIDELINES_CHARS_MAX} characters"
        )
    })
}

/// MLflow merges any parameters into the request; these could replace its messages or its model.
fn inference_params(value: Option<&Value>) -> Result<InferenceParams, String> {
    let mut params = InferenceParams::default();
    let members = match value {
        None | Some(Value::Null) => return Ok(params),
        Some(Value::Object(members)) => members,
        Some(_) => return Err("`inference_params` must be an object".to_owned()),
    };
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let set = match name.as_str() {
            "temperature" => {
                params.temperature = value.as_f64().filter(|it| (0.0..=2.0).contains(it));
                params.temperature.is_some()
            }
            "top_p" => {
                params.top_p = value.as_f64().filter(|it| (0.0..=1.0).contains(it));
                params.top_p.is_some()
            }
            "max_tokens" | "max_completion_tokens" => {
                let tokens = value.as_u64().filter(|it| (1..=MAX_TOKENS_MAX).contains(it));
                params.max_tokens = tokens.and_then(|tokens| u32::try_from(tokens).ok());
                params.max_tokens.is_some()
            }
            "seed" => {
                params.seed = value.as_i64();
                params.seed.is_some()
            }
            other => {
                return Err(format!(
                    "the inference parameter `{other:.60}` is not supported; supported are \
                     temperature, top_p, max_tokens and seed"
                ));
            }
        };
        if !set {
            return Err(format!("the inference parameter `{name}` is out of its range"));
        }
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn built_in(class: &str, settings: Value) -> Result<ScorerKind, JudgeError> {
        let scorer = json!({
            "name": "mine", "builtin_scorer_class": class, "builtin_scorer_pydantic_data": settings,
        });
        ScorerKind::from_serialized(&scorer.to_string())
    }

    #[test]
    fn guidelines_are_required_and_have_a_maximum() {
        let with = |guidelines: Value| built_in("Guidelines", json!({"guidelines": guidelines}));
        assert!(with(json!("Be kind.")).is_ok() && with(json!(["a", "b"])).is_ok());
        for wrong in [json!(null), json!(""), json!([]), json!([1]), json!({"a": "b"})] {
            assert!(with(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(with(json!(vec!["g"; GUIDELINES_MAX])).is_ok());
        assert!(with(json!(vec!["g"; GUIDELINES_MAX + 1])).is_err());
        assert!(with(json!("g".repeat(GUIDELINES_CHARS_MAX))).is_ok());
        assert!(with(json!("g".repeat(GUIDELINES_CHARS_MAX + 1))).is_err());
    }

    #[test]
    fn inference_parameters_are_known_and_in_range() {
        let with = |params: Value| built_in("Safety", json!({"inference_params": params}));
        for (params, valid) in [
            (json!({}), true),
            (json!({"temperature": 2.0, "seed": -1, "top_p": null}), true),
            (json!({"temperature": 2.1}), false),
            (json!({"top_p": 1.1}), false),
            (json!({"max_tokens": 0}), false),
            (json!({"max_tokens": MAX_TOKENS_MAX}), true),
            (json!({"max_tokens": MAX_TOKENS_MAX + 1}), false),
            (json!({"messages": []}), false),
            (json!([1]), false),
        ] {
            assert_eq!(with(params.clone()).is_ok(), valid, "{params}");
        }
        let error = with(json!({"model": "x"})).unwrap_err().to_string();
        assert!(error.contains("`model` is not supported"), "{error}");
    }

    #[test]
    fn headers_of_a_scorer_are_refused() {
        let error = built_in("Safety", json!({"extra_headers": {"authorization": "hush"}}));
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("`extra_headers` are not sent") && !error.contains("hush"),
            "{error}"
        );
    }

    #[test]
    fn texts_that_are_no_scorers_are_refused() {
        for text in ["", "[]", "{}", r#"{"name": 1}"#, &"[".repeat(1_000)] {
            let error = ScorerKind::from_serialized(text);
            assert!(matches!(error, Err(JudgeError::Malformed(_))), "{text:.10}: {error:?}");
        }
        let padded = |bytes: usize| {
            let text = r#"{"name": "x"}"#;
            ScorerKind::from_serialized(&format!("{text}{}", " ".repeat(bytes - text.len())))
        };
        assert!(padded(SERIALIZED_BYTES_MAX).is_ok());
        assert!(matches!(padded(SERIALIZED_BYTES_MAX + 1), Err(JudgeError::TooLong { .. })));
    }

    #[test]
    fn scorers_that_cannot_be_run_say_why() {
        for (scorer, part) in [
            (json!({"third_party_scorer_data": {"module": "ragas"}}), "`ragas`"),
            (json!({"memory_augmented_judge_data": {}}), "memory"),
            (json!({"ensemble_scorer_data": {}}), "ensembles"),
            (json!({"builtin_scorer_class": "Vibes"}), "`Vibes`"),
            (json!({}), "unknown"),
        ] {
            let mut scorer = scorer;
            scorer["name"] = json!("mine");
            let read = ScorerKind::from_serialized(&scorer.to_string()).unwrap();
            let ScorerKind::Unsupported { name, reason } = read else { panic!("{read:?}") };
            assert!(name == "mine" && reason.contains(part), "{reason}");
        }
    }
}
