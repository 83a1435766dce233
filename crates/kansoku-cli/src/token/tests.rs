use kansoku_store::{MetaStore as _, TokenCheck};
use sha2::{Digest as _, Sha256};

use super::{create, delete, list, open};

#[tokio::test]
async fn a_token_lets_in_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let token = create(data, "ci").await.unwrap();
    create(data, "laptop").await.unwrap();
    assert_eq!((token.len(), &token[..4]), (47, "kan_"));
    assert_eq!(list(data).await.unwrap(), ["ci", "laptop"]);

    let running = open(data).unwrap();
    let hash = || Sha256::digest(&token).into();
    let known = running.check_token(hash()).await.unwrap();
    assert!(matches!(known, TokenCheck::Known { name, .. } if name == "ci"));
    assert_eq!(delete(data, "ci").await.unwrap(), 1);
    assert_eq!(running.check_token(hash()).await.unwrap(), TokenCheck::Unknown);
    assert_eq!(delete(data, "laptop").await.unwrap(), 0);
    assert_eq!(running.check_token(hash()).await.unwrap(), TokenCheck::NotNeeded);
}

#[tokio::test]
async fn names_are_taken_once_and_deleted_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "ci").await.unwrap();
    let twice = create(folder.path(), "ci").await.unwrap_err().to_string();
    insta::assert_snapshot!(twice, @"there is a token named `ci`; delete it first or choose another name");
    let unknown = delete(folder.path(), "cd").await.unwrap_err().to_string();
    insta::assert_snapshot!(unknown, @"there is no token named `cd`; there are: ci");
    assert!(create(folder.path(), " ").await.is_err());
}

#[tokio::test]
async fn a_token_itself_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let token = create(folder.path(), "ci").await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

#[tokio::test]
async fn looking_into_a_wrong_folder_makes_no_data_there() {
    let folder = tempfile::tempdir().unwrap();
    assert!(list(folder.path()).await.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
