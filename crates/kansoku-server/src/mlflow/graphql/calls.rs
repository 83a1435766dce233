//! The calls of handlers that an operation needs, and their answers.
use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
};

use axum::Json;
use kansoku_mlflow::{ClientFlavor, Fields};
use serde_json::{Map, Value, json};

use crate::{
    ApiError, App,
    mlflow::{artifacts, experiments, metric_history, model_versions, run_inputs, runs},
};

/// A handler, by the name of its field in the type `Query` or `Mutation`, and its request as JSON.
type Call = (String, String);

#[derive(Default)]
pub(super) struct Calls {
    /// An error is its message.
    answers: HashMap<Call, Result<Value, String>>,
    /// The requested calls that have no answer yet.
    wanted: RefCell<Vec<Call>>,
}

impl Calls {
    /// The answer to a call; `None` if it has to be made first.
    pub(super) fn answer(
        &self,
        field: &str,
        request: Map<String, Value>,
    ) -> Option<&Result<Value, String>> {
        let call = (field.to_owned(), Value::Object(request).to_string());
        let answer = self.answers.get(&call);
        if answer.is_none() {
            self.wanted.borrow_mut().push(call);
        }
        answer
    }

    /// Makes the requested calls, each once, and returns their number.
    pub(super) async fn make_wanted(&mut self, app: &App, flavor: ClientFlavor) -> usize {
        let wanted = std::mem::take(self.wanted.get_mut());
        let count = wanted.len();
        for call in wanted {
            if let Entry::Vacant(entry) = self.answers.entry(call) {
                let answer = make(app.clone(), flavor, entry.key()).await;
                entry.insert(answer.map_err(|error| error.public_message()));
            }
        }
        count
    }
}

async fn make(app: App, flavor: ClientFlavor, (field, request): &Call) -> Result<Value, ApiError> {
    let fields = Fields::new(serde_json::from_str(request).unwrap_or_default());
    let answer = match field.as_str() {
        "mlflowGetExperiment" => experiments::get(app, flavor, fields).await,
        "mlflowGetMetricHistoryBulkInterval" => metric_history::samples(app, fields).await,
        "mlflowGetRun" => runs::get(app, flavor, fields).await,
        "mlflowListArtifacts" => artifacts::runs::list(app, fields).await,
        "mlflowSearchDatasets" => run_inputs::search_datasets(app, fields).await,
        "mlflowSearchModelVersions" => model_versions::search(app, fields).await,
        "mlflowSearchRuns" => runs::search(app, flavor, fields).await,
        _ => Ok(Json(json!({ "output": fields.str("input_string")? }))),
    };
    Ok(answer?.0)
}
