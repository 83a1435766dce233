//! `kansoku token`: who may come in.
//!
//! A token is 256 random bits and exists in one place, with whoever got it printed. The database
//! keeps its SHA-256, which needs no salt and no slowness: nobody can guess 256 bits.
use std::path::Path;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kansoku_store::{MetaStore as _, SqliteStore, StoreOptions};
use sha2::{Digest as _, Sha256};

use crate::args::{TokenArgs, TokenVerb};
use crate::data;

const NAME_LENGTH_MAX: usize = 100;

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
    check_name(name)?;
    data::make_folder(data)?;
    let store = open(data)?;
    if store.token_names().await?.iter().any(|known| known == name) {
        bail!("there is a token named `{name}`; delete it first or choose another name");
    }
    let token = format!("kan_{}", BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    store.add_token(name, Sha256::digest(&token).into()).await?;
    store.close().await;
    Ok(token)
}

async fn list(data: &Path) -> anyhow::Result<Vec<String>> {
    let store = open_existing(data)?;
    let names = store.token_names().await?;
    store.close().await;
    Ok(names)
}

/// Answers how many are left.
async fn delete(data: &Path, name: &str) -> anyhow::Result<usize> {
    let store = open_existing(data)?;
    let deleted = store.delete_token(name).await?;
    let left = store.token_names().await?;
    store.close().await;
    if !deleted {
        bail!("there is no token named `{name}`; there are: {}", left.join(", "));
    }
    Ok(left.len())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    if name.trim().is_empty() || NAME_LENGTH_MAX < name.len() || name.chars().any(char::is_control)
    {
        bail!("a token's name has 1 to {NAME_LENGTH_MAX} characters");
    }
    Ok(())
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
