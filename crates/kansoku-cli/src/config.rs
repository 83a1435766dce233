//! The server's settings: one list that defines flags, environment variables and TOML keys.
//!
//! The values of each source become text of the form `--name=value`. clap parses those of the file,
//! then those of the environment, then the command line; the last value wins. So a value is parsed
//! and validated in the same way in each source.
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Args as _, Command, FromArgMatches as _};
use kansoku_scoring::models::EndpointSettings;

pub(crate) use settings::{DatabricksForm, GrpcPort, LogForm, RequireTokens, Settings};

mod archive;
mod settings;

const PREFIX: &str = "KANSOKU_";

/// Combines the sources: `flags` override the environment, which overrides the TOML file, if any.
pub(crate) fn resolve(
    flags: Vec<OsString>,
    config: Option<PathBuf>,
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> anyhow::Result<Settings> {
    let mut config = config;
    let mut from_env = Vec::new();
    for (variable, value) in env {
        let Some(name) = variable.to_str().and_then(|text| text.strip_prefix(PREFIX)) else {
            continue;
        };
        if is_foreign(name, &value) {
            continue;
        }
        if name == "CONFIG" {
            config = config.or_else(|| Some(PathBuf::from(value)));
            continue;
        }
        let said = Said { by: format!("the variable `{PREFIX}{name}`"), upper: true };
        from_env.push(said.flag(&name.to_ascii_lowercase(), &value)?);
    }
    let from_file = config.as_deref().map(read_file).transpose()?.unwrap_or_default();

    let all = from_file.into_iter().chain(from_env).chain(flags);
    let matches = command().try_get_matches_from(all).unwrap_or_else(|error| error.exit());
    Ok(Settings::from_arg_matches(&matches)?)
}

/// Creates the flag for a setting, such as `--search-deadline-s=5` for `search_deadline_s` and `5`.
pub(crate) fn flag(key: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(format!("--{}=", key.replace('_', "-")));
    text.push(value);
    text
}

fn command() -> Command {
    let command = Command::new("kansoku serve").no_binary_name(true).args_override_self(true);
    Settings::augment_args(command).arg(Arg::new("config").long("config"))
}

fn read_file(path: &Path) -> anyhow::Result<Vec<OsString>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read the settings file {}", path.display()))?;
    let table: toml::Table =
        text.parse().with_context(|| format!("{} is not valid TOML", path.display()))?;
    let mut flags = Vec::new();
    for (key, value) in table {
        if key == "ingest"
            && let toml::Value::Table(ingest) = value
        {
            flags.push(services(ingest, path)?);
            continue;
        }
        if key == "endpoints"
            && let toml::Value::Table(table) = value
        {
            flags.push(endpoints(table, path)?);
            continue;
        }
        let said = Said { by: format!("`{key}` in {}", path.display()), upper: false };
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
                value.to_string()
            }
            _ => {
                bail!(said.unknown(&key).unwrap_or(format!("{} must be one plain value", said.by)))
            }
        };
        flags.push(said.flag(&key, OsStr::new(&text))?);
    }
    Ok(flags)
}

/// Parses the tables `[endpoints.NAME]`.
fn endpoints(table: toml::Table, path: &Path) -> anyhow::Result<OsString> {
    for (name, settings) in &table {
        let settings: Result<EndpointSettings, _> = settings.clone().try_into();
        settings
            .with_context(|| format!("`[endpoints.{name}]` in {} is invalid", path.display()))?;
    }
    let text = serde_json::to_string(&table).context("the endpoints are no JSON")?;
    let by = format!("`[endpoints]` in {}", path.display());
    Said { by, upper: false }.flag("endpoints", OsStr::new(&text))
}

/// Parses `[ingest.services]`, with service names as keys.
fn services(ingest: toml::Table, path: &Path) -> anyhow::Result<OsString> {
    let mut services = serde_json::Map::new();
    for (key, value) in ingest {
        let (true, toml::Value::Table(table)) = (key == "services", value) else {
            bail!(
                "`ingest.{key}` in {} is not a setting; there is the table `[ingest.services]`",
                path.display()
            );
        };
        for (service, name) in table {
            let toml::Value::String(name) = name else {
                bail!(
                    "`{service}` under [ingest.services] in {} must be the name of an experiment",
                    path.display()
                );
            };
            services.insert(service, name.into());
        }
    }
    let by = format!("`[ingest.services]` in {}", path.display());
    let text = serde_json::Value::Object(services).to_string();
    Said { by, upper: false }.flag("ingest_services", OsStr::new(&text))
}

/// The source of a value, for error messages.
struct Said {
    by: String,
    /// Whether keys of this source are environment variables, in upper case.
    upper: bool,
}

impl Said {
    /// The flag for a value of this source. Fails if there is no such setting, or if clap rejects
    /// the value.
    fn flag(&self, key: &str, value: &OsStr) -> anyhow::Result<OsString> {
        if let Some(complaint) = self.unknown(key) {
            bail!(complaint);
        }
        let flag = flag(key, value);
        let Err(error) = command().try_get_matches_from([&flag]) else {
            return Ok(flag);
        };
        if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue)
            && !valid.is_empty()
        {
            bail!("{} is `{}`; it must be one of {}", self.by, value.display(), valid.join(", "));
        }
        let why = std::error::Error::source(&error)
            .map_or_else(|| "not a value it can have".to_owned(), ToString::to_string);
        bail!("{} is `{}`: {why}", self.by, value.display())
    }

    /// The error message for an unknown setting; `None` if the setting exists.
    fn unknown(&self, key: &str) -> Option<String> {
        let command = command();
        let longs = command.get_arguments().filter_map(Arg::get_long).filter(|l| *l != "config");
        let keys: Vec<String> = longs.map(|long| long.replace('-', "_")).collect();
        if keys.iter().any(|known| known == key) {
            return None;
        }
        let near = command.try_get_matches_from([flag(key, OsStr::new("1"))]).err();
        let hint = match near.as_ref().and_then(|error| error.get(ContextKind::SuggestedArg)) {
            Some(ContextValue::String(near)) => format!("did you mean `{}`?", self.spell(near)),
            _ if keys.contains(&key.replace('-', "_")) => format!("write `{}`", self.spell(key)),
            _ => {
                let keys: Vec<String> = keys.iter().map(|key| self.spell(key)).collect();
                format!("there are {}", keys.join(", "))
            }
        };
        Some(format!("{} is not a setting; {hint}", self.by))
    }

    fn spell(&self, long: &str) -> String {
        let key = long.trim_start_matches('-').replace('-', "_");
        if self.upper { format!("{PREFIX}{}", key.to_ascii_uppercase()) } else { key }
    }
}

/// Whether a variable with the prefix `KANSOKU_` is not a setting of the server.
///
/// Kubernetes and Docker set variables of these forms in every container, to describe a service
/// named `kansoku`. The others are used by this repository's tests.
fn is_foreign(name: &str, value: &OsStr) -> bool {
    let describes_service = name.starts_with("SERVICE_")
        || name
            .strip_prefix("PORT_")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || (name == "PORT" && value.to_string_lossy().contains("://"));
    let of_tests = ["CACHE", "BIN", "FORM", "SERVER"].contains(&name) || name.starts_with("TEST_");
    describes_service || of_tests
}

#[cfg(test)]
mod tests;
