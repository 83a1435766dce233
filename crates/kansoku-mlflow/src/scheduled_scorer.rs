//! Databricks' form of scorers: the definition and the sampling of a scorer are one record.
use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kansoku_model::{OnlineScoringConfig, ScorerVersion};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    Fields, RequestError,
    scorer::{optional_sample_rate, scorer_name, serialized_scorer},
};

/// The only field that an update can replace.
const UPDATE_MASK: &str = "scheduled_scorers.scorers";

/// The key of the class of a scorer that MLflow has built in.
const BUILT_IN_KEY: &str = "builtin_scorer_class";

/// A scorer as a client wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledScorer {
    pub name: String,
    pub serialized: String,
    /// The model that the scorer asks.
    pub model: Option<String>,
    pub sample_rate: Option<f64>,
    pub filter: Option<String>,
    /// The version that the client read before, if any.
    pub version: Option<i64>,
}

impl ScheduledScorer {
    fn read(fields: &Fields) -> Result<Self, RequestError> {
        let (serialized, model) = serialized_scorer(fields)?;
        Ok(Self {
            name: scorer_name(fields)?,
            serialized,
            model,
            sample_rate: optional_sample_rate(fields)?,
            filter: fields.str("filter_string")?.filter(|filter| !filter.is_empty()),
            version: fields.i64("scorer_version")?,
        })
    }
}

/// The scorers of `scheduled_scorers`, each name once.
pub fn scheduled_scorers(fields: &Fields) -> Result<Vec<ScheduledScorer>, RequestError> {
    let listed = fields.required_object("scheduled_scorers")?.list("scorers")?;
    let (mut scorers, mut names) = (Vec::with_capacity(listed.len()), HashSet::new());
    for fields in &listed {
        let scorer = ScheduledScorer::read(fields)?;
        if !names.insert(scorer.name.clone()) {
            let message = format!("'scheduled_scorers.scorers' has '{}' twice", scorer.name);
            return Err(RequestError::invalid(message));
        }
        scorers.push(scorer);
    }
    Ok(scorers)
}

pub fn check_update_mask(fields: &Fields) -> Result<(), RequestError> {
    match fields.str("update_mask")?.as_deref() {
        None | Some("" | UPDATE_MASK) => Ok(()),
        Some(_) => Err(RequestError::invalid(format!("'update_mask' must be '{UPDATE_MASK}'"))),
    }
}

/// The name of a scorer in a path, where it is in base64.
pub fn scorer_of_path(fields: &Fields) -> Result<String, RequestError> {
    let key = fields.required_str("scorer")?;
    let bytes = URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| {
        RequestError::invalid("the scorer in the path must be a name in URL-safe base64")
    })
}

/// A scorer with its sampling.
pub fn scheduled_scorer_json(
    version: &ScorerVersion,
    config: Option<&OnlineScoringConfig>,
) -> Value {
    let mut scorer = json!({
        "name": version.name,
        "serialized_scorer": version.serialized,
        "scorer_version": version.version,
        "sample_rate": config.map_or(0.0, |config| config.sample_rate),
    });
    let (kind, value) = match is_built_in(&version.serialized) {
        true => ("builtin", json!({ "name": version.name })),
        false => ("custom", json!({})),
    };
    scorer[kind] = value;
    if let Some(filter) = config.and_then(|config| config.filter.as_deref()) {
        scorer["filter_string"] = filter.into();
    }
    scorer
}

fn is_built_in(serialized: &str) -> bool {
    let scorer: Option<Map<String, Value>> = serde_json::from_str(serialized).ok();
    scorer.is_some_and(|scorer| scorer.get(BUILT_IN_KEY).is_some_and(|class| !class.is_null()))
}

/// One version of a scorer.
#[derive(Debug, Serialize)]
pub struct ScorerVersionJson<'a> {
    /// The name of the resource.
    name: String,
    display_name: &'a str,
    scorer_version: i64,
    serialized_scorer: &'a str,
}

impl<'a> ScorerVersionJson<'a> {
    pub fn new(version: &'a ScorerVersion) -> Self {
        let key = URL_SAFE_NO_PAD.encode(&version.name);
        let ScorerVersion { experiment_id, version: number, .. } = version;
        Self {
            name: format!("experiments/{experiment_id}/scorers/{key}/versions/{number}"),
            display_name: &version.name,
            scorer_version: *number,
            serialized_scorer: &version.serialized,
        }
    }
}
