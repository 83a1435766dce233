//! New tokens. A secret has 256 random bits, and is known only to its owner. The store has only its
//! SHA-256, which needs no salt and no slow hash function, because 256 bits cannot be guessed.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kansoku_model::{
    Coded, ErrorCode, ExperimentBinding, ExperimentRights, InvalidBinding, Scope, Scopes,
    TimestampMs,
};
use kansoku_store::TokenSpec;
use sha2::{Digest, Sha256};

const NAME_BYTES_MAX: usize = 100;

/// A secret for a new token.
pub struct NewSecret {
    pub secret: String,
    /// The SHA-256 for the store.
    pub hash: [u8; 32],
}

impl NewSecret {
    pub fn random() -> Self {
        let random = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let secret = format!("kan_{random}");
        let hash = Sha256::digest(&secret).into();
        Self { secret, hash }
    }
}

/// The requested properties of a new token.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub name: String,
    /// Empty means `admin`.
    pub scopes: Scopes,
    /// Empty means all experiments.
    pub experiments: ExperimentBinding,
    pub expires: Option<TimestampMs>,
}

impl TokenRequest {
    /// Validates the request and returns the token to store. `created_by` is the name of the
    /// caller's token; with `only_first` it is stored only if it is the first one.
    pub fn check(
        self,
        hash: [u8; 32],
        now: TimestampMs,
        created_by: Option<String>,
        only_first: bool,
    ) -> Result<TokenSpec, InvalidToken> {
        let Self { name, scopes, experiments, expires } = self;
        let is_bad = name.trim().is_empty()
            || NAME_BYTES_MAX < name.len()
            || name.chars().any(char::is_control);
        if is_bad {
            return Err(InvalidToken::Name);
        }
        experiments.check()?;
        let experiments = match experiments.is_empty() {
            true => ExperimentRights::All,
            false => ExperimentRights::Bound(experiments),
        };
        let scopes = match (scopes.is_empty(), experiments.is_all()) {
            (false, _) => scopes,
            (true, true) => Scopes::ADMIN,
            (true, false) => return Err(InvalidToken::NoScope),
        };
        if scopes.allow(Scope::Admin) && !experiments.is_all() {
            return Err(InvalidToken::BoundAdmin);
        }
        if scopes.allow(Scope::Worker) && !experiments.is_all() {
            return Err(InvalidToken::BoundWorker);
        }
        if only_first && !scopes.allow(Scope::Admin) {
            return Err(InvalidToken::FirstIsNoAdmin);
        }
        if expires.is_some_and(|expires| expires <= now) {
            return Err(InvalidToken::Expired);
        }
        Ok(TokenSpec { name, hash, scopes, experiments, expires, created_by, only_first })
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    #[error("`name`: a token's name has 1 to {NAME_BYTES_MAX} characters")]
    Name,
    #[error(
        "`scopes`: say what a token for some experiments may do: ingest, feedback, read or write"
    )]
    NoScope,
    #[error(
        "`scopes`: `admin` is for all experiments; choose `write` for a token that is bound to some"
    )]
    BoundAdmin,
    #[error("`scopes`: `worker` is for all experiments; leave the experiments out")]
    BoundWorker,
    #[error("`scopes`: the first token must be an `admin`, or nobody could make another")]
    FirstIsNoAdmin,
    #[error("`expires_ms`: this time has passed already")]
    Expired,
    #[error("`experiments`: {0}")]
    Experiments(#[from] InvalidBinding),
}

impl Coded for InvalidToken {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, scopes: &str, prefixes: &[&str]) -> Result<TokenSpec, InvalidToken> {
        let mut experiments = ExperimentBinding::default();
        prefixes.iter().for_each(|prefix| experiments.add_prefix(prefix));
        let scopes = scopes.parse().unwrap();
        let request = TokenRequest { name: name.to_owned(), scopes, experiments, expires: None };
        request.check([0; 32], TimestampMs(0), None, false)
    }

    #[test]
    fn a_name_alone_makes_a_token_for_everything() {
        let spec = check("ci", "", &[]).unwrap();
        assert_eq!(spec, TokenSpec::admin("ci", [0; 32]));
    }

    #[test]
    fn a_token_for_some_experiments_says_what_it_may_and_is_no_admin() {
        assert!(check("ci", "ingest", &["/Shared/*"]).is_ok());
        assert_eq!(check("ci", "", &["/Shared/*"]), Err(InvalidToken::NoScope));
        assert_eq!(check("ci", "admin", &["/Shared/*"]), Err(InvalidToken::BoundAdmin));
        assert_eq!(check("ci", "worker", &["/Shared/*"]), Err(InvalidToken::BoundWorker));
        assert!(check("ci", "worker", &[]).is_ok());
        let empty = InvalidToken::Experiments(InvalidBinding::Empty);
        assert_eq!(check("ci", "read", &["*"]), Err(empty));
        for name in ["", " ", "a\nb", &"x".repeat(101)] {
            assert_eq!(check(name, "", &[]), Err(InvalidToken::Name), "{name}");
        }
    }
}
