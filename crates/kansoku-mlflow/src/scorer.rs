//! Registered scorers and their online configurations.
use kansoku_model::{OnlineScoringConfig, ScorerVersion};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Fields, RequestError, text_limits::check_length};

/// Options by which a scorer of another library chooses where its requests go.
const DESTINATIONS: [&str; 5] =
    ["api_base", "base_url", "model_list", "fallbacks", "custom_llm_provider"];

/// The key of the body of a function made with `@scorer`.
const CODE_KEY: &str = "call_source";

/// The key of the definition of a check of Kansoku.
const CHECK_KEY: &str = "kansoku_check";

/// The key of the settings of a judge made with `make_judge`.
const INSTRUCTIONS_DATA_KEY: &str = "instructions_judge_pydantic_data";

/// `Scorer`.
#[derive(Debug, Serialize)]
pub struct ScorerJson<'a> {
    /// A number here, and text everywhere else.
    experiment_id: i64,
    scorer_name: &'a str,
    scorer_version: i64,
    serialized_scorer: &'a str,
    creation_time: i64,
    scorer_id: &'a str,
}

/// `RegisterScorer.Response`.
#[derive(Debug, Serialize)]
pub struct RegisteredScorerJson<'a> {
    version: i64,
    scorer_id: &'a str,
    experiment_id: String,
    name: &'a str,
    serialized_scorer: &'a str,
    creation_time: i64,
}

#[derive(Debug, Serialize)]
pub struct OnlineScoringConfigJson<'a> {
    online_scoring_config_id: &'a str,
    scorer_id: &'a str,
    sample_rate: f64,
    experiment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_string: Option<&'a str>,
}

impl<'a> ScorerJson<'a> {
    pub fn new(version: &'a ScorerVersion) -> Self {
        Self {
            experiment_id: version.experiment_id.0,
            scorer_name: &version.name,
            scorer_version: version.version,
            serialized_scorer: &version.serialized,
            creation_time: version.creation_time.0,
            scorer_id: &version.scorer_id,
        }
    }
}

impl<'a> RegisteredScorerJson<'a> {
    pub fn new(version: &'a ScorerVersion) -> Self {
        Self {
            version: version.version,
            scorer_id: &version.scorer_id,
            experiment_id: version.experiment_id.to_string(),
            name: &version.name,
            serialized_scorer: &version.serialized,
            creation_time: version.creation_time.0,
        }
    }
}

impl<'a> OnlineScoringConfigJson<'a> {
    pub fn new(config: &'a OnlineScoringConfig) -> Self {
        Self {
            online_scoring_config_id: &config.config_id,
            scorer_id: &config.scorer_id,
            sample_rate: config.sample_rate,
            experiment_id: config.experiment_id.to_string(),
            filter_string: config.filter.as_deref(),
        }
    }
}

pub fn scorer_name(fields: &Fields) -> Result<String, RequestError> {
    let name = fields.required_str("name")?;
    check_scorer_name(&name)?;
    Ok(name)
}

pub fn check_scorer_name(name: &str) -> Result<(), RequestError> {
    if name.trim().is_empty() {
        return Err(RequestError::invalid("'name' of a scorer cannot be empty"));
    }
    check_length("name", name, ScorerVersion::NAME_LENGTH_MAX)?;
    Ok(())
}

/// A check of Kansoku in the form of registered scorers. MLflow's clients cannot read it.
pub fn serialized_check(name: &str, definition: &Value) -> String {
    json!({ "name": name, CHECK_KEY: definition }).to_string()
}

/// The definition of a check of Kansoku; `None` if it is another scorer.
pub fn check_definition(serialized: &str) -> Option<Value> {
    // Scorers of MLflow, which may be large, are not parsed for it.
    if !serialized.contains(CHECK_KEY) {
        return None;
    }
    let mut scorer: Value = serde_json::from_str(serialized).ok()?;
    scorer.get_mut(CHECK_KEY).map(Value::take)
}

/// The instructions of a judge made with `make_judge`; `None` if it is another scorer.
pub fn judge_instructions(serialized: &str) -> Option<String> {
    // Other scorers, which may be large, are not parsed for it.
    if !serialized.contains(INSTRUCTIONS_DATA_KEY) {
        return None;
    }
    let scorer: Value = serde_json::from_str(serialized).ok()?;
    Some(scorer.get(INSTRUCTIONS_DATA_KEY)?.get("instructions")?.as_str()?.to_owned())
}

/// A judge made with `make_judge`, with other instructions.
pub fn with_instructions(serialized: &str, instructions: &str) -> Result<String, RequestError> {
    if instructions.trim().is_empty() {
        return Err(RequestError::invalid("'instructions' of a judge cannot be empty"));
    }
    let mut scorer: Value = serde_json::from_str(serialized).unwrap_or_default();
    let place = scorer.get_mut(INSTRUCTIONS_DATA_KEY).and_then(|it| it.get_mut("instructions"));
    let Some(place) = place else {
        return Err(RequestError::invalid("only judges made with `make_judge` have instructions"));
    };
    *place = instructions.into();
    let text = scorer.to_string();
    check_size(&text)?;
    Ok(text)
}

fn check_size(serialized: &str) -> Result<(), RequestError> {
    if ScorerVersion::SERIALIZED_BYTES_MAX < serialized.len() {
        return Err(RequestError::invalid(format!(
            "'serialized_scorer' is longer than {} KiB",
            ScorerVersion::SERIALIZED_BYTES_MAX >> 10
        )));
    }
    Ok(())
}

/// A serialized scorer that may be registered, and the model it asks.
pub fn serialized_scorer(fields: &Fields) -> Result<(String, Option<String>), RequestError> {
    let text = fields.required_str("serialized_scorer")?;
    check_size(&text)?;
    let not_json = |_| RequestError::invalid("serialized_scorer must be valid JSON");
    let Value::Object(scorer) = serde_json::from_str(&text).map_err(not_json)? else {
        return Err(RequestError::invalid("serialized_scorer must be a JSON object"));
    };
    if has_code(&scorer) {
        check_code(&scorer)?;
    }
    check_contents(&scorer)?;
    let model = model_of(&scorer)?;
    Ok((text, model))
}

/// Whether a serialized scorer is a function made with `@scorer`, whose code whoever loads it runs.
pub fn is_python(serialized: &str) -> bool {
    // Other scorers, which may be large, are not parsed for it.
    if !serialized.contains(CODE_KEY) {
        return false;
    }
    serde_json::from_str(serialized).is_ok_and(|scorer: Map<String, Value>| has_code(&scorer))
}

fn has_code(scorer: &Map<String, Value>) -> bool {
    scorer.get(CODE_KEY).is_some_and(|source| !source.is_null())
}

/// Refuses code without a field that it cannot be run without.
fn check_code(scorer: &Map<String, Value>) -> Result<(), RequestError> {
    for key in [CODE_KEY, "call_signature", "original_func_name"] {
        let text = scorer.get(key).and_then(Value::as_str);
        if text.is_none_or(|text| text.trim().is_empty()) {
            return Err(RequestError::invalid(format!(
                "a scorer made with the decorator @scorer needs '{key}', a text that is not empty"
            )));
        }
    }
    Ok(())
}

/// Refuses requests to other places.
fn check_contents(object: &Map<String, Value>) -> Result<(), RequestError> {
    if let Some(Value::Object(data)) = object.get("third_party_scorer_data") {
        match data.get("kwargs") {
            None | Some(Value::Null) => {}
            Some(kwargs @ Value::Object(_)) => check_destinations(kwargs)?,
            Some(_) => {
                return Err(RequestError::invalid(
                    "third_party_scorer_data.kwargs must be a JSON object",
                ));
            }
        }
    }
    object.values().try_for_each(check_nested)
}

fn check_nested(value: &Value) -> Result<(), RequestError> {
    match value {
        Value::Object(object) if has_code(object) => Err(RequestError::invalid(
            "a scorer made with the decorator @scorer is registered by itself: no worker runs one \
             within another scorer",
        )),
        Value::Object(object) => check_contents(object),
        Value::Array(items) => items.iter().try_for_each(check_nested),
        _ => Ok(()),
    }
}

fn check_destinations(kwargs: &Value) -> Result<(), RequestError> {
    let refuse = |key: &str| match DESTINATIONS.contains(&key) {
        true => Err(RequestError::invalid(format!(
            "third_party_scorer_data.kwargs must not contain '{key}', which chooses where requests \
             go"
        ))),
        false => Ok(()),
    };
    match kwargs {
        Value::Object(object) => object.iter().try_for_each(|(key, value)| {
            refuse(key)?;
            check_destinations(value)
        }),
        Value::Array(items) => {
            // A list of pairs is a mapping, too.
            if let [Value::String(key), _] = items.as_slice() {
                refuse(key)?;
            }
            items.iter().try_for_each(check_destinations)
        }
        _ => Ok(()),
    }
}

/// The model that a scorer asks, such as `openai:/gpt-4o-mini`.
fn model_of(scorer: &Map<String, Value>) -> Result<Option<String>, RequestError> {
    let mut scorer = scorer;
    let model = loop {
        let part =
            |name: &str| scorer.get(name).and_then(Value::as_object).filter(|it| !it.is_empty());
        let with_model =
            part(INSTRUCTIONS_DATA_KEY).or_else(|| part("builtin_scorer_pydantic_data"));
        if let Some(part) = with_model {
            break part.get("model");
        }
        match part("memory_augmented_judge_data") {
            Some(memory) => match memory.get("base_judge").and_then(Value::as_object) {
                Some(base) => scorer = base,
                None => break None,
            },
            None => break part("third_party_scorer_data").and_then(|part| part.get("model")),
        }
    };
    match model {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(model)) if !model.trim().is_empty() => Ok(Some(model.clone())),
        Some(_) => {
            Err(RequestError::invalid("the model of a scorer must be a text, and not empty"))
        }
    }
}

/// The endpoint of a gateway that a model names, such as `x` of `gateway:/x`.
pub fn gateway_endpoint(model: &str) -> Option<&str> {
    model.strip_prefix("gateway:/")
}

/// A share, from 0 to 1.
pub fn sample_rate(fields: &Fields) -> Result<f64, RequestError> {
    Ok(optional_sample_rate(fields)?.ok_or_else(|| fields.missing("sample_rate"))?)
}

pub fn optional_sample_rate(fields: &Fields) -> Result<Option<f64>, RequestError> {
    let rate = fields.f64("sample_rate")?;
    match rate.filter(|rate| !(0.0..=1.0).contains(rate)) {
        None => Ok(rate),
        Some(rate) => Err(RequestError::invalid(format!(
            "sample_rate must be between 0.0 and 1.0, got {rate:?}"
        ))),
    }
}
