//! `kansoku token`: who may come in. A token is printed once, and only its hash is kept.
use std::path::Path;

use anyhow::{Context as _, bail};
use kansoku_server::{NewToken, check_token_name};
use kansoku_store::{MetaStore as _, SqliteStore, StoreOptions};

use crate::args::{TokenArgs, TokenVerb};
use crate::data;

pub(crate) fn run(asked: TokenArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match asked.verb {
            TokenVerb::Create { name, folder } => {
                let token = create(&folder.data()?, &name).await?;
                eprintln!("Token `{name}`; it cannot be shown again:");
                println!("{token}");
            }
            TokenVerb::List { folder } => {
                for name in list(&folder.data()?).await? {
                    println!("{name}");
                }
            }
            TokenVerb::Delete { name, folder } => {
                let left = delete(&folder.data()?, &name).await?;
                eprintln!("Token `{name}` is gone.");
                if left == 0 {
                    eprintln!("It was the last one: whoever reaches the server needs none now.");
                }
            }
        }
        Ok(())
    })
}

async fn create(data: &Path, name: &str) -> anyhow::Result<String> {
    check_token_name(name)?;
    data::make_folder(data)?;
    let store = open(data)?;
    if store.tokens().await?.iter().any(|known| known.name == name) {
        bail!("there is a token named `{name}`; delete it first or choose another name");
    }
    let NewToken { token, hash } = NewToken::random();
    store.add_token(name, hash).await?;
    store.close().await;
    Ok(token)
}

async fn list(data: &Path) -> anyhow::Result<Vec<String>> {
    let store = open_existing(data)?;
    let tokens = store.tokens().await?;
    store.close().await;
    Ok(tokens.into_iter().map(|token| token.name).collect())
}

/// Answers how many are left.
async fn delete(data: &Path, name: &str) -> anyhow::Result<usize> {
    let store = open_existing(data)?;
    let tokens = store.tokens().await?;
    if let Some(token) = tokens.iter().find(|token| token.name == name) {
        store.delete_token(token.id).await?;
    }
    store.close().await;
    let mut names: Vec<String> = tokens.into_iter().map(|token| token.name).collect();
    if !names.iter().any(|known| known == name) {
        bail!("there is no token named `{name}`; there are: {}", names.join(", "));
    }
    names.retain(|known| known != name);
    Ok(names.len())
}

fn open_existing(data: &Path) -> anyhow::Result<SqliteStore> {
    let path = data::database(data);
    if !path.exists() {
        bail!("{} holds no Kansoku data; name the server's folder by --data", data.display());
    }
    open(data)
}

/// Beside a running server, if need be: SQLite lets processes take turns, so no lock is taken.
fn open(data: &Path) -> anyhow::Result<SqliteStore> {
    let options = StoreOptions { readers: 1, blobs: None, ..StoreOptions::default() };
    SqliteStore::open(&data::database(data), options)
        .with_context(|| format!("could not open the data in {}", data.display()))
}

#[cfg(test)]
mod tests;
