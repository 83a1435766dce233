//! The price list: which provider sells which model, and at what price from which day on.
use std::collections::HashMap;

use kansoku_model::{Cost, SpanRow, TokenUsage};

use crate::PriceFileError;
use crate::file::{self, Price, PriceFile, ProviderEntry, plain_tier};
use crate::name::{matches, readings, written};

const BUNDLED: &str = include_str!("../prices.toml");
/// The most lookups of a name, each without one more prefix.
/// `openrouter/anthropic/claude-sonnet-4.5` has two prefixes.
const PREFIXES_MAX: usize = 4;

/// Prices of one or two files. A price in the first has precedence over one in the second.
#[derive(Debug)]
pub struct PriceList {
    providers: Vec<Provider>,
    provider_of: HashMap<String, usize>,
    layers: Vec<Layer>,
}

/// The tokens of one request, with everything on which their price depends.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    pub usage: TokenUsage,
    /// The model's name as the provider or the caller wrote it.
    pub model: &'a str,
    pub provider: Option<&'a str>,
    pub service_tier: Option<&'a str>,
    /// The time of the request, in nanoseconds of the Unix epoch.
    pub at_ns: i64,
}

#[derive(Debug, Default)]
struct Provider {
    sells: Vec<usize>,
    exclusive: bool,
    named_only: bool,
}

/// The models of one file.
#[derive(Debug, Default)]
struct Layer {
    models: Vec<Model>,
    by_name: HashMap<String, Vec<usize>>,
    /// Names with `*`, the most specific first.
    patterns: Vec<(String, usize)>,
}

#[derive(Debug)]
struct Model {
    /// The seller; `None` for any seller.
    provider: Option<usize>,
    prices: Vec<Price>,
}

impl PriceList {
    /// The list that is built into this version of Kansoku.
    pub fn bundled() -> Self {
        Self::from_texts(&[BUNDLED]).expect("a test reads the bundled list")
    }

    /// The bundled list, with precedence for the entries of `file`.
    ///
    /// # Errors
    ///
    /// Fails if `file` is not a valid price list; the error names the line.
    pub fn with_file(file: &str) -> Result<Self, PriceFileError> {
        Self::from_texts(&[file, BUNDLED])
    }

    /// Reads price files in order of precedence. Providers are read from the last file on, so that
    /// earlier files may refer to them.
    fn from_texts(texts: &[&str]) -> Result<Self, PriceFileError> {
        let mut list =
            Self { providers: Vec::new(), provider_of: HashMap::new(), layers: Vec::new() };
        let files = texts.iter().map(|text| file::read(text)).collect::<Result<Vec<_>, _>>()?;
        for (text, file) in texts.iter().zip(&files).rev() {
            list.add_providers(text, &file.provider)?;
        }
        for (text, file) in texts.iter().zip(&files) {
            let layer = list.layer(text, file)?;
            list.layers.push(layer);
        }
        Ok(list)
    }

    /// Adds providers. Further names are added to a provider that is already known.
    fn add_providers(
        &mut self,
        text: &str,
        entries: &[ProviderEntry],
    ) -> Result<(), PriceFileError> {
        for entry in entries {
            let name = plain(entry.name.get_ref());
            let id = *self.provider_of.entry(name).or_insert_with(|| {
                self.providers.push(Provider::default());
                self.providers.len() - 1
            });
            for also in &entry.also {
                let known = self.provider_of.insert(plain(also.get_ref()), id);
                if known.is_some_and(|known| known != id) {
                    let message = format!("`{}` is another provider's name", also.get_ref());
                    return Err(PriceFileError::new(text, also.span(), message));
                }
            }
            let provider = &mut self.providers[id];
            provider.exclusive |= entry.exclusive;
            provider.named_only |= entry.named_only;
        }
        // A provider may sell models of one that is defined after it.
        for entry in entries {
            let id = self.provider_of[&plain(entry.name.get_ref())];
            for sold in &entry.sells {
                let Some(sold) = self.provider_of.get(&plain(sold.get_ref())) else {
                    return Err(unknown_provider(text, sold));
                };
                self.providers[id].sells.push(*sold);
            }
        }
        Ok(())
    }

    fn layer(&self, text: &str, file: &PriceFile) -> Result<Layer, PriceFileError> {
        let mut layer = Layer::default();
        for entry in &file.model {
            let provider = match &entry.provider {
                None => None,
                Some(name) => match self.provider_of.get(&plain(name.get_ref())) {
                    None => return Err(unknown_provider(text, name)),
                    known => known.copied(),
                },
            };
            let id = layer.models.len();
            if entry.names.get_ref().is_empty() {
                return Err(PriceFileError::new(text, entry.names.span(), "`names` is empty"));
            }
            for name in entry.names.get_ref() {
                let plain = plain(name.get_ref());
                if plain.is_empty() {
                    return Err(PriceFileError::new(text, name.span(), "a name is empty"));
                }
                if plain.contains('*') {
                    layer.patterns.push((plain, id));
                    continue;
                }
                let same = layer.by_name.entry(plain).or_default();
                if same.iter().any(|other| layer.models[*other].provider == provider) {
                    let message = format!("`{}` has prices above already", name.get_ref());
                    return Err(PriceFileError::new(text, name.span(), message));
                }
                same.push(id);
            }
            layer.models.push(Model { provider, prices: entry.prices(text)? });
        }
        let said = |pattern: &str| pattern.len() - pattern.matches('*').count();
        layer.patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(said(pattern)));
        Ok(layer)
    }

    /// The cost of the tokens; `None` if no price is known for them.
    pub fn cost(&self, tokens: &Tokens<'_>) -> Option<Cost> {
        let written = written(tokens.model)?;
        let said = tokens.provider.and_then(|name| self.provider(name));
        let seller = if written.is_arn { self.provider("bedrock") } else { said };
        let price = self.layers.iter().find_map(|layer| {
            Search { list: self, layer, at_ns: tokens.at_ns }.price(&written.name, seller)
        })?;
        let tier = plain_tier(tokens.service_tier.unwrap_or_default());
        let tier = match price.tiers.get(&tier) {
            Some(tier) => tier,
            None if is_standard(&tier) => &price.standard,
            None => return None,
        };
        tier.bill(&tokens.usage)
    }

    /// The cost of a span's tokens; `None` if it has no tokens or no model, or no price is known.
    pub fn cost_of(&self, row: &SpanRow) -> Option<Cost> {
        self.cost(&Tokens {
            usage: row.usage?,
            model: row.model.as_deref()?,
            provider: row.provider.as_deref(),
            service_tier: row.service_tier.as_deref(),
            at_ns: row.start_ns,
        })
    }

    /// The provider with this name. `openai.responses` is `openai`, unless it has an entry of its
    /// own.
    fn provider(&self, name: &str) -> Option<usize> {
        let name = plain(name);
        let mut name = name.as_str();
        loop {
            if let Some(id) = self.provider_of.get(name) {
                return Some(*id);
            }
            name = name.rsplit_once('.')?.0;
        }
    }
}

fn unknown_provider(text: &str, name: &toml::Spanned<String>) -> PriceFileError {
    let message = format!("there is no provider `{}`; add a [[provider]] for it", name.get_ref());
    PriceFileError::new(text, name.span(), message)
}

/// Whether this is one of the names of the standard tier.
fn is_standard(tier: &str) -> bool {
    ["", "default", "auto", "standard", "standard_only", "on_demand"].contains(&tier)
}

fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// A search for the price of a model in one file, at one time.
#[derive(Clone, Copy)]
struct Search<'l> {
    list: &'l PriceList,
    layer: &'l Layer,
    at_ns: i64,
}

/// The providers whose prices apply.
#[derive(Clone, Copy)]
enum Sellers {
    Only(usize),
    /// All providers whose model names cannot be confused with those of others.
    Anyone,
}

impl<'l> Search<'l> {
    fn price(self, name: &str, seller: Option<usize>) -> Option<&'l Price> {
        let mut name = name;
        let mut seller = seller;
        for _ in 0..PREFIXES_MAX {
            let exclusive = seller.is_some_and(|id| self.list.providers[id].exclusive);
            if let Some(price) = self.by_seller(name, seller) {
                return Some(price);
            }
            match self.prefix(name) {
                // The seller is certain, so the prefix does not change it.
                Some((_, rest)) if exclusive => name = rest,
                Some((Some(prefix), rest)) => (name, seller) = (rest, Some(prefix)),
                Some((None, _)) => return None,
                None if exclusive => return None,
                // OpenAI's client is also used with other hosts, so the model's name decides.
                None => return self.by_name(name, Sellers::Anyone),
            }
        }
        None
    }

    fn by_seller(self, name: &str, seller: Option<usize>) -> Option<&'l Price> {
        let Some(id) = seller else { return self.by_name(name, Sellers::Anyone) };
        let sold = &self.list.providers[id].sells;
        let of = |id: &usize| self.by_name(name, Sellers::Only(*id));
        of(&id).or_else(|| sold.iter().find_map(of))
    }

    /// The provider in a prefix, if it is known, and the rest of the name, as in
    /// `groq/llama-3.1-8b-instant` or `openai:gpt-4o`.
    fn prefix(self, name: &str) -> Option<(Option<usize>, &str)> {
        let (before, rest) = name.split_once('/').unwrap_or((name, ""));
        if let Some((prefix, model)) = before.split_once(':')
            && let Some(id) = self.list.provider(prefix)
        {
            return Some((
                Some(id),
                if rest.is_empty() { model } else { &name[prefix.len() + 1..] },
            ));
        }
        (!rest.is_empty()).then(|| (self.list.provider(before), rest))
    }

    fn by_name(self, name: &str, sellers: Sellers) -> Option<&'l Price> {
        let readings = readings(name);
        let exact = readings.iter().find_map(|reading| {
            let models = self.layer.by_name.get(*reading)?;
            models.iter().find_map(|id| self.of_model(*id, sellers))
        });
        exact.or_else(|| {
            let fits = |pattern| readings.iter().any(|reading| matches(pattern, reading));
            let mut fitting = self.layer.patterns.iter().filter(|(pattern, _)| fits(pattern));
            fitting.find_map(|(_, id)| self.of_model(*id, sellers))
        })
    }

    fn of_model(self, id: usize, sellers: Sellers) -> Option<&'l Price> {
        let model = &self.layer.models[id];
        let sold = match (model.provider, sellers) {
            (None, _) => true,
            (Some(provider), Sellers::Only(seller)) => provider == seller,
            (Some(provider), Sellers::Anyone) => !self.list.providers[provider].named_only,
        };
        let begun = |price: &&Price| price.from_ns.is_none_or(|from_ns| from_ns <= self.at_ns);
        let price = model.prices.iter().rev().find(begun).filter(|_| sold)?;
        price.until_ns.is_none_or(|until_ns| self.at_ns < until_ns).then_some(price)
    }
}
