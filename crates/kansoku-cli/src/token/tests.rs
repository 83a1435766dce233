use kansoku_model::{DurationMs, ExperimentBinding, ExperimentRights, Scopes, TimestampMs};
use kansoku_server::TokenRequest;
use kansoku_store::{AccessStore as _, StoredSecret, StoredToken, TokenCheck, TokenId};
use sha2::{Digest as _, Sha256};

use super::{create, delete, list, open, rotate, tokens};

fn admin(name: &str) -> TokenRequest {
    let experiments = ExperimentBinding::default();
    TokenRequest { name: name.to_owned(), scopes: Scopes::NONE, experiments, expires: None }
}

#[tokio::test]
async fn a_token_lets_in_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let token = create(data, admin("ci")).await.unwrap();
    create(data, admin("laptop")).await.unwrap();
    assert_eq!((token.len(), &token[..4]), (47, "kan_"));
    let names: Vec<String> =
        tokens(data).await.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["ci", "laptop"]);

    let running = open(data).unwrap();
    let check =
        async |token: &str| running.check_token(Sha256::digest(token).into()).await.unwrap();
    let known = check(&token).await;
    assert!(
        matches!(known, TokenCheck::Known(known) if known.name == "ci" && known.scopes == Scopes::ADMIN)
    );
    let rotated = rotate(data, "ci", DurationMs(0), None).await.unwrap();
    assert_eq!(check(&token).await, TokenCheck::Unknown);
    assert!(matches!(check(&rotated).await, TokenCheck::Known(_)));
    delete(data, "ci").await.unwrap();
    assert_eq!(check(&rotated).await, TokenCheck::Unknown);
}

#[tokio::test]
async fn the_last_token_is_not_deleted_by_the_way() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), admin("ci")).await.unwrap();
    let refused = delete(folder.path(), "ci").await.unwrap_err().to_string();
    insta::assert_snapshot!(refused, @"token `ci` is the last one that can manage tokens; make another with scope `admin` for all experiments first (`kansoku token disable` lets everyone in without tokens)");
    let store = open(folder.path()).unwrap();
    assert_eq!(store.check_token([1; 32]).await.unwrap(), TokenCheck::Unknown);
    store.disable_tokens().await.unwrap();
    assert_eq!(store.check_token([1; 32]).await.unwrap(), TokenCheck::NotNeeded);
}

#[tokio::test]
async fn names_are_taken_once_and_deleted_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), admin("ci")).await.unwrap();
    let twice = create(folder.path(), admin("ci")).await.unwrap_err().to_string();
    insta::assert_snapshot!(twice, @"a token named `ci` exists already; delete it or choose another name");
    let unknown = delete(folder.path(), "cd").await.unwrap_err().to_string();
    insta::assert_snapshot!(unknown, @"there is no token named `cd`; there are: ci");
    assert!(create(folder.path(), admin(" ")).await.is_err());
}

#[tokio::test]
async fn a_token_itself_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let token = create(folder.path(), admin("ci")).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

#[tokio::test]
async fn looking_into_a_wrong_folder_makes_no_data_there() {
    let folder = tempfile::tempdir().unwrap();
    assert!(tokens(folder.path()).await.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_list_says_what_each_token_may_do_and_when_it_was_used() {
    let secret = |ends| StoredSecret { created: TimestampMs(0), ends };
    let agent = StoredToken {
        id: TokenId(2),
        name: "agent".to_owned(),
        scopes: "ingest,feedback".parse().unwrap(),
        experiments: ExperimentRights::Bound(ExperimentBinding {
            names: ["/Shared/a".to_owned()].into(),
            prefixes: ["/Shared/team/".to_owned()].into(),
            ..ExperimentBinding::default()
        }),
        created: TimestampMs(1_700_000_000_000),
        created_by: Some("boss".to_owned()),
        expires: Some(TimestampMs(1_800_000_000_000)),
        last_used: Some(TimestampMs(1_700_000_060_000)),
        secrets: vec![secret(Some(TimestampMs(1_700_086_400_000))), secret(None)],
    };
    let boss = StoredToken {
        id: TokenId(1),
        name: "boss".to_owned(),
        scopes: Scopes::ADMIN,
        experiments: ExperimentRights::All,
        created_by: None,
        expires: Some(TimestampMs(1)),
        last_used: None,
        secrets: vec![secret(None)],
        ..agent.clone()
    };
    let tokens = [agent, boss];
    insta::assert_snapshot!(list::table(&tokens, TimestampMs(1_700_000_000_000)));
    insta::assert_snapshot!(list::json(&tokens));
}
