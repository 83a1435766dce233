//! The models of judges.
use std::sync::Arc;

use crate::judges::Judge;
use crate::models::{ModelClient, ModelClients, ModelUri};

/// The clients of models, and the model of judges that name none.
pub struct JudgeModels {
    pub clients: ModelClients,
    pub default: Option<ModelUri>,
}

impl JudgeModels {
    /// The URI and the client of a judge's model, or why it has none.
    pub fn of_judge(&self, judge: &Judge) -> Result<(String, Arc<ModelClient>), String> {
        let named = judge.model_uri().map_err(|error| error.to_string())?;
        let Some(uri) = named.or_else(|| self.default.clone()) else {
            return Err(format!(
                "judge `{}` names no model, and the settings have no `judge_model`",
                judge.name()
            ));
        };
        let client = self.clients.client(&uri).map_err(|error| error.to_string())?;
        Ok((uri.to_string(), client))
    }
}
