//! The data folder that an archive belongs to.
use std::sync::Arc;

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};
use serde::{Deserialize, Serialize};

use super::ArchiveError;

const OWNER_FILE: &str = "_kansoku/owner.json";

#[derive(Serialize, Deserialize)]
struct Owner {
    store: String,
}

/// Makes this store the archive's only writer. Fails if another one is.
pub(super) async fn claim(
    store: &Arc<dyn ObjectStore>,
    store_id: &str,
) -> Result<(), ArchiveError> {
    let path = Path::from(OWNER_FILE);
    let failed = |source| ArchiveError::Unavailable { doing: "read the owner of", source };
    let found = match store.get(&path).await {
        Ok(found) => found.bytes().await.map_err(failed)?,
        Err(Error::NotFound { .. }) => {
            let owner = Owner { store: store_id.to_owned() };
            let owner = serde_json::to_vec(&owner).expect("a text is JSON");
            match store.put_opts(&path, owner.into(), PutMode::Create.into()).await {
                Ok(_) => return Ok(()),
                Err(Error::AlreadyExists { .. }) => {
                    store.get(&path).await.map_err(failed)?.bytes().await.map_err(failed)?
                }
                Err(source) => {
                    return Err(ArchiveError::Unavailable { doing: "claim", source });
                }
            }
        }
        Err(source) => return Err(failed(source)),
    };
    let owner = serde_json::from_slice(&found).map_or(String::new(), |Owner { store }| store);
    match owner == store_id {
        true => Ok(()),
        false => Err(ArchiveError::OtherOwner { owner }),
    }
}
