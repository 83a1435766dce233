//! `kansoku token`: manages access tokens. A secret is printed once; only its hash is stored.
use std::path::Path;

use anyhow::{Context as _, bail};
use kansoku_model::{
    Clock as _, DurationMs, ExperimentBinding, ExperimentId, SystemClock, TimestampMs,
};
use kansoku_server::{NewSecret, TokenRequest};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::{AccessStore as _, StoredToken};

use crate::args::{TokenArgs, TokenVerb};
use crate::data;

mod list;

/// Validity of URLs signed by the previous key: the maximum lifetime of a signed URL.
const SIGNED_URLS_LAST: DurationMs = DurationMs(15 * 60 * 1000);

pub(crate) fn run(asked: TokenArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match asked.verb {
            TokenVerb::Create {
                name,
                scope,
                experiment,
                experiment_prefix,
                experiment_id,
                expires,
                folder,
            } => {
                let mut experiments = ExperimentBinding::default();
                experiments.names.extend(experiment);
                experiments.ids.extend(experiment_id.into_iter().map(ExperimentId));
                experiment_prefix.iter().for_each(|prefix| experiments.add_prefix(prefix));
                let scopes = scope.into_iter().collect();
                let expires = expires.map(from_now);
                let request = TokenRequest { name: name.clone(), scopes, experiments, expires };
                let secret = create(&folder.data()?, request).await?;
                eprintln!("Token `{name}`; it cannot be shown again:");
                println!("{secret}");
            }
            TokenVerb::List { json, folder } => {
                let tokens = tokens(&folder.data()?).await?;
                let now = SystemClock.now();
                print!("{}", if json { list::json(&tokens) } else { list::table(&tokens, now) });
            }
            TokenVerb::Rotate { name, grace, expires, folder } => {
                let expires = expires.map(from_now);
                let secret = rotate(&folder.data()?, &name, grace, expires).await?;
                match grace.0 {
                    0 => eprintln!(
                        "Token `{name}`: the secret before is no longer valid. The new one:"
                    ),
                    _ => eprintln!(
                        "Token `{name}`; the secret before stays valid for a while. The new one:"
                    ),
                }
                println!("{secret}");
            }
            TokenVerb::Delete { name, folder } => {
                delete(&folder.data()?, &name).await?;
                eprintln!("Token `{name}` is gone, and so are the sign-ins by it.");
            }
            TokenVerb::Disable { yes: _, folder } => {
                let store = open_existing(&folder.data()?)?;
                store.disable_tokens().await?;
                store.close().await;
                eprintln!(
                    "All tokens are gone: whoever reaches a server on this machine needs none now. \
                     A server beyond this machine lets nobody in until there is a token again, \
                     unless it was started with --allow-anonymous."
                );
            }
            TokenVerb::RotateSigningKey { folder } => {
                let store = open_existing(&folder.data()?)?;
                store.rotate_signing_key(SIGNED_URLS_LAST).await?;
                store.close().await;
                eprintln!(
                    "URLs are signed with a new key; those of the old one end within 15 minutes."
                );
            }
        }
        Ok(())
    })
}

fn from_now(age: DurationMs) -> TimestampMs {
    TimestampMs(SystemClock.now().0.saturating_add(age.0))
}

async fn create(data: &Path, request: TokenRequest) -> anyhow::Result<String> {
    let NewSecret { secret, hash } = NewSecret::random();
    let spec = request.check(hash, SystemClock.now(), None, false)?;
    data::make_folder(data)?;
    let store = open(data)?;
    let added = store.add_token(spec).await;
    store.close().await;
    added?;
    Ok(secret)
}

async fn tokens(data: &Path) -> anyhow::Result<Vec<StoredToken>> {
    let store = open_existing(data)?;
    let tokens = store.tokens().await?;
    store.close().await;
    Ok(tokens)
}

async fn rotate(
    data: &Path,
    name: &str,
    grace: DurationMs,
    expires: Option<TimestampMs>,
) -> anyhow::Result<String> {
    let token = named(data, name).await?;
    let NewSecret { secret, hash } = NewSecret::random();
    let store = open(data)?;
    let rotated = store.rotate_token(token.id, hash, grace, expires).await;
    store.close().await;
    rotated?;
    Ok(secret)
}

async fn delete(data: &Path, name: &str) -> anyhow::Result<()> {
    let token = named(data, name).await?;
    let store = open(data)?;
    let deleted = store.delete_token(token.id).await;
    store.close().await;
    deleted?;
    Ok(())
}

async fn named(data: &Path, name: &str) -> anyhow::Result<StoredToken> {
    let tokens = tokens(data).await?;
    let names: Vec<&str> = tokens.iter().map(|token| token.name.as_str()).collect();
    let names = names.join(", ");
    match tokens.into_iter().find(|token| token.name == name) {
        Some(token) => Ok(token),
        None => bail!("there is no token named `{name}`; there are: {names}"),
    }
}

fn open_existing(data: &Path) -> anyhow::Result<SqliteStore> {
    let path = data::database(data);
    if !path.exists() {
        bail!("{} holds no Kansoku data; name the server's folder by --data", data.display());
    }
    open(data)
}

/// Opens the store without a lock, because a server may be running: SQLite coordinates the
/// processes.
fn open(data: &Path) -> anyhow::Result<SqliteStore> {
    let options = StoreOptions { readers: 1, blobs: None, ..StoreOptions::default() };
    SqliteStore::open(&data::database(data), options)
        .with_context(|| format!("could not open the data in {}", data.display()))
}

#[cfg(test)]
mod tests;
