//! The models of judges.
use std::sync::Arc;

use kansoku_model::{Money, TimestampMs, TokenUsage};
use kansoku_pricing::{PriceList, Tokens};

use crate::judges::Judge;
use crate::models::{ModelClient, ModelClients, ModelUri, ModelUriError, Provider};

/// The clients of models, the model of judges that name none, and prices.
pub struct JudgeModels {
    pub clients: ModelClients,
    pub default: Option<ModelUri>,
    pub prices: Arc<PriceList>,
}

impl JudgeModels {
    /// The URI and the client of a judge's model, or why it has none.
    pub fn of_judge(&self, judge: &Judge) -> Result<(String, Arc<ModelClient>), String> {
        let named = match judge.model_uri() {
            // The default of clients in Databricks' form, which only Databricks serves.
            Err(ModelUriError::ManagedJudge) if self.default.is_some() => None,
            named => named.map_err(|error| error.to_string())?,
        };
        let named = named.map(|uri| self.clients.endpoint_of(uri));
        let Some(uri) = named.or_else(|| self.default.clone()) else {
            return Err(format!(
                "judge `{}` names no model, and the settings have no `judge_model`",
                judge.name()
            ));
        };
        let client = self.clients.client(&uri).map_err(|error| error.to_string())?;
        Ok((uri.to_string(), client))
    }

    /// Whether the cost of tokens is known at this time: prices have dates.
    pub fn is_price_known(&self, client: &ModelClient, now: TimestampMs) -> bool {
        let usage = TokenUsage { input_tokens: 1, output_tokens: 1, ..TokenUsage::default() };
        self.cost(client, usage, now).is_some()
    }

    /// The cost of these tokens: by the price of the endpoint, or else by the price list. `None` if no
    /// price is known.
    pub fn cost(&self, client: &ModelClient, usage: TokenUsage, now: TimestampMs) -> Option<Money> {
        let settings = client.settings();
        if let Some(price) = settings.price {
            return Some(Money::from_dollars(price.cost(usage)));
        }
        let tokens = Tokens {
            usage,
            model: &settings.model,
            provider: Some(settings.provider.name()),
            service_tier: None,
            at_ns: now.0.saturating_mul(1_000_000),
        };
        Some(self.prices_of(client)?.cost(&tokens)?.total)
    }

    /// The price list, as far as it has the model: some servers are people's own, whatever the names of
    /// their models cost elsewhere.
    pub(super) fn prices_of(&self, client: &ModelClient) -> Option<&PriceList> {
        let is_own = matches!(
            client.settings().provider,
            Provider::Ollama | Provider::OpenAiCompatible | Provider::Demo
        );
        (!is_own).then_some(&*self.prices)
    }
}
