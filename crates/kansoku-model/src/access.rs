//! The permissions of a caller, and the experiments they apply to.
//!
//! Callers are authenticated elsewhere. `kansoku-server` checks these types once per route and once
//! per experiment.
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::{Coded, ErrorCode, ExperimentId};

/// A permission that a token grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Send traces, log records and attachments, and create the experiments they go to.
    Ingest,
    /// Create and change assessments.
    Feedback,
    /// Read everything in the experiments that a token is bound to.
    Read,
    /// Change and delete everything; includes `ingest`, `feedback` and `read`.
    Write,
    /// Run the Python scorers of all experiments: lease jobs, read the traces of these jobs, and
    /// answer with feedback.
    Worker,
    /// Manage the server: tokens, backups, audits; includes `write` and `worker`.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 6] =
        [Self::Ingest, Self::Feedback, Self::Read, Self::Write, Self::Worker, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Feedback => "feedback",
            Self::Read => "read",
            Self::Write => "write",
            Self::Worker => "worker",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The bits of this scope and of all scopes that it includes.
    const fn closure(self) -> u8 {
        match self {
            Self::Ingest | Self::Feedback | Self::Read | Self::Worker => self.bit(),
            Self::Write => {
                self.bit() | Self::Ingest.bit() | Self::Feedback.bit() | Self::Read.bit()
            }
            Self::Admin => self.bit() | Self::Write.closure() | Self::Worker.closure(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope `{0}`; scopes are ingest, feedback, read, write, worker and admin")]
pub struct InvalidScope(String);

impl Coded for InvalidScope {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text.trim());
        found.ok_or_else(|| InvalidScope(text.chars().take(50).collect()))
    }
}

/// A set of scopes; the empty set allows nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    pub const NONE: Self = Self(0);
    /// All scopes, because `admin` includes them.
    pub const ADMIN: Self = Self(Scope::Admin.bit());

    /// Whether one of the scopes is `wanted` or includes it.
    pub fn allow(self, wanted: Scope) -> bool {
        let mine = Scope::ALL.into_iter().filter(|scope| self.0 & scope.bit() != 0);
        mine.fold(0, |all, scope| all | scope.closure()) & wanted.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes that were granted, without those that they include.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

/// The stored and displayed form: `ingest,feedback`.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, scope) in self.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({self})")
    }
}

impl FromStr for Scopes {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        text.split(',').filter(|scope| !scope.trim().is_empty()).map(str::parse).collect()
    }
}

/// The experiments that a caller may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExperimentRights {
    All,
    Bound(ExperimentBinding),
}

impl ExperimentRights {
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// Experiments by id, by exact name, and by prefixes of names. An experiment that does not exist
/// yet may be created if its name is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExperimentBinding {
    pub ids: BTreeSet<ExperimentId>,
    pub names: BTreeSet<String>,
    pub prefixes: BTreeSet<String>,
}

impl ExperimentBinding {
    /// The most ids, names and prefixes together.
    pub const ENTRIES_MAX: usize = 200;
    const NAME_BYTES_MAX: usize = 500;

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.names.is_empty() && self.prefixes.is_empty()
    }

    pub fn allows_name(&self, name: &str) -> bool {
        self.names.contains(name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }

    pub fn allows_id(&self, id: ExperimentId) -> bool {
        self.ids.contains(&id)
    }

    /// Adds a prefix in the form that users write: `/Shared/team/` or `/Shared/team/*`.
    pub fn add_prefix(&mut self, prefix: &str) {
        self.prefixes.insert(prefix.strip_suffix('*').unwrap_or(prefix).to_owned());
    }

    /// Fails if a name or prefix is empty, which would allow everything or nothing by mistake, if
    /// one is longer than 500 bytes, or if there are more than [`Self::ENTRIES_MAX`] entries.
    pub fn check(&self) -> Result<(), InvalidBinding> {
        let texts = || self.names.iter().chain(&self.prefixes);
        if texts().any(|text| text.trim().is_empty()) {
            return Err(InvalidBinding::Empty);
        }
        if texts().any(|text| Self::NAME_BYTES_MAX < text.len()) {
            return Err(InvalidBinding::TooLong);
        }
        if Self::ENTRIES_MAX < self.ids.len() + self.names.len() + self.prefixes.len() {
            return Err(InvalidBinding::TooMany);
        }
        Ok(())
    }
}

/// The displayed form: `/Shared/a, /Shared/team/*, id 7`.
impl fmt::Display for ExperimentBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.iter().cloned();
        let prefixes = self.prefixes.iter().map(|prefix| format!("{prefix}*"));
        let ids = self.ids.iter().map(|id| format!("id {id}"));
        let all: Vec<String> = names.chain(prefixes).chain(ids).collect();
        f.write_str(&all.join(", "))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBinding {
    #[error(
        "the name or prefix of an experiment must not be empty; leave all out for a token for all experiments"
    )]
    Empty,
    #[error(
        "the name or prefix of an experiment has {} bytes at most",
        ExperimentBinding::NAME_BYTES_MAX
    )]
    TooLong,
    #[error(
        "a token is bound to {} experiments and prefixes at most",
        ExperimentBinding::ENTRIES_MAX
    )]
    TooMany,
}

impl Coded for InvalidBinding {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_includes_what_agents_and_readers_do_and_admin_includes_all() {
        let of = |text: &str| text.parse::<Scopes>().unwrap();
        let allowed = |text: &str| {
            let allowed = Scope::ALL.into_iter().filter(|scope| of(text).allow(*scope));
            allowed.map(Scope::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(allowed("ingest"), "ingest");
        assert_eq!(allowed("ingest,feedback"), "ingest feedback");
        assert_eq!(allowed("read"), "read");
        assert_eq!(allowed("write"), "ingest feedback read write");
        assert_eq!(allowed("worker"), "worker");
        assert_eq!(allowed("admin"), "ingest feedback read write worker admin");
        assert_eq!(allowed(""), "");
        assert_eq!(of("feedback, ingest").to_string(), "ingest,feedback");
        assert!("ingest,root".parse::<Scopes>().is_err());
    }

    #[test]
    fn a_binding_allows_names_prefixes_and_ids_and_nothing_else() {
        let mut binding = ExperimentBinding::default();
        assert!(binding.is_empty() && !binding.allows_name("") && !binding.allows_name("a"));
        binding.add_prefix("/Shared/team/*");
        binding.names.insert("/Shared/one".to_owned());
        binding.ids.insert(ExperimentId(7));
        for allowed in ["/Shared/team/", "/Shared/team/x", "/Shared/one"] {
            assert!(binding.allows_name(allowed), "{allowed}");
        }
        for foreign in ["", "/Shared/team", "/Shared/tea/x", "/Shared/one/x", "x/Shared/team/x"] {
            assert!(!binding.allows_name(foreign), "{foreign}");
        }
        assert!(binding.allows_id(ExperimentId(7)) && !binding.allows_id(ExperimentId(0)));
        assert_eq!(binding.to_string(), "/Shared/one, /Shared/team/*, id 7");
        binding.add_prefix("*");
        assert_eq!(binding.check(), Err(InvalidBinding::Empty));
    }
}
