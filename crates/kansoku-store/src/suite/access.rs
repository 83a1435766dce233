//! Tokens, browser sessions and signing keys.
use kansoku_model::{
    DurationMs, ExperimentBinding, ExperimentId, ExperimentRights, Scope, Scopes, TimestampMs,
};

use super::Stores;
use crate::{KnownToken, NewSession, StoreError, TokenCheck, TokenId, TokenSpec};

const FAR: TimestampMs = TimestampMs(i64::MAX);
const PAST: TimestampMs = TimestampMs(1);
const HOUR: DurationMs = DurationMs(3_600_000);

fn agent(name: &str, hash: [u8; 32]) -> TokenSpec {
    TokenSpec {
        scopes: [Scope::Ingest, Scope::Feedback].into_iter().collect(),
        experiments: ExperimentRights::Bound(ExperimentBinding {
            ids: [ExperimentId(7)].into(),
            names: ["/Shared/ä \"b\"".to_owned()].into(),
            prefixes: ["/Shared/team/".to_owned()].into(),
        }),
        expires: Some(FAR),
        created_by: Some("boss".to_owned()),
        ..TokenSpec::admin(name, hash)
    }
}

async fn is_known(stores: &Stores, hash: [u8; 32]) -> bool {
    matches!(stores.access.check_token(hash).await.unwrap(), TokenCheck::Known(_))
}

pub async fn tokens_are_known_by_their_hash(stores: &Stores) {
    let access = &stores.access;
    assert!(!access.tokens_required().await.unwrap());
    assert_eq!(access.check_token([7; 32]).await.unwrap(), TokenCheck::NotNeeded);
    let admin = access.add_token(TokenSpec::admin("ci", [7; 32])).await.unwrap();
    let id = access.add_token(agent("agent", [8; 32])).await.unwrap();
    assert!(access.tokens_required().await.unwrap());
    let known = TokenCheck::Known(KnownToken {
        id: admin,
        name: "ci".to_owned(),
        scopes: Scopes::ADMIN,
        experiments: ExperimentRights::All,
    });
    assert_eq!(access.check_token([7; 32]).await.unwrap(), known);
    assert_eq!(access.check_token([9; 32]).await.unwrap(), TokenCheck::Unknown);
    assert!(access.add_token(TokenSpec::admin("ci", [9; 32])).await.is_err());

    let tokens = access.tokens().await.unwrap();
    let spec = agent("agent", [8; 32]);
    let [listed, _] = &tokens[..] else { panic!("{tokens:?}") };
    assert_eq!((listed.id, &listed.name, listed.scopes), (id, &spec.name, spec.scopes));
    assert_eq!(listed.experiments, spec.experiments);
    assert_eq!((listed.expires, listed.last_used), (Some(FAR), None));
    assert_eq!((listed.created_by.as_deref(), listed.secrets.len()), (Some("boss"), 1));
    access.note_token_used(id, TimestampMs(70)).await.unwrap();
    access.note_token_used(id, TimestampMs(60)).await.unwrap();
    assert_eq!(access.tokens().await.unwrap()[0].last_used, Some(TimestampMs(70)));
    assert_eq!(access.token(id).await.unwrap().unwrap().scopes, spec.scopes);
    assert_eq!(access.token(TokenId(99)).await.unwrap(), None);
}

pub async fn deleting_tokens_never_lets_everyone_in(stores: &Stores) {
    let access = &stores.access;
    let admin = access.add_token(TokenSpec::admin("admin", [1; 32])).await.unwrap();
    let expired = TokenSpec { expires: Some(PAST), ..TokenSpec::admin("old admin", [2; 32]) };
    let expired = access.add_token(expired).await.unwrap();
    let agent = access.add_token(agent("agent", [3; 32])).await.unwrap();
    let refused = access.delete_token(admin).await.unwrap_err();
    assert!(matches!(&refused, StoreError::LastAdminToken(name) if name == "admin"), "{refused}");
    assert!(is_known(stores, [1; 32]).await);
    assert!(access.delete_token(agent).await.unwrap());
    assert!(!access.delete_token(agent).await.unwrap());
    assert_eq!(access.check_token([3; 32]).await.unwrap(), TokenCheck::Unknown);
    assert!(access.delete_token(expired).await.unwrap());
    let second = access.add_token(TokenSpec::admin("second", [4; 32])).await.unwrap();
    assert!(access.delete_token(admin).await.unwrap());
    assert!(access.delete_token(second).await.is_err());
    // An id is never reused for another token.
    assert!(admin.0 < second.0 && agent.0 < second.0);

    access.disable_tokens().await.unwrap();
    assert_eq!(access.check_token([4; 32]).await.unwrap(), TokenCheck::NotNeeded);
    assert_eq!(access.tokens().await.unwrap(), []);
}

pub async fn only_one_of_two_first_tokens_is_made_without_one(stores: &Stores) {
    let first = |name, hash| TokenSpec { only_first: true, ..TokenSpec::admin(name, hash) };
    let (a, b) = tokio::join!(
        stores.access.add_token(first("a", [1; 32])),
        stores.access.add_token(first("b", [2; 32])),
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    let refused = a.and(b).unwrap_err();
    assert!(matches!(refused, StoreError::TokensRequired), "{refused}");
}

pub async fn a_rotated_token_has_two_secrets_at_most(stores: &Stores) {
    let access = &stores.access;
    let id = access.add_token(TokenSpec::admin("ci", [1; 32])).await.unwrap();
    access.rotate_token(id, [2; 32], HOUR, None).await.unwrap();
    assert!(is_known(stores, [1; 32]).await && is_known(stores, [2; 32]).await);
    let secrets = access.tokens().await.unwrap()[0].secrets.clone();
    assert_eq!((secrets.len(), secrets[0].ends.is_some(), secrets[1].ends), (2, true, None));
    access.rotate_token(id, [3; 32], HOUR, Some(FAR)).await.unwrap();
    assert!(!is_known(stores, [1; 32]).await);
    assert!(is_known(stores, [2; 32]).await && is_known(stores, [3; 32]).await);
    access.rotate_token(id, [4; 32], DurationMs(0), None).await.unwrap();
    assert!(!is_known(stores, [3; 32]).await && is_known(stores, [4; 32]).await);
    assert_eq!(access.tokens().await.unwrap()[0].expires, Some(FAR));
    let unknown = access.rotate_token(TokenId(99), [5; 32], HOUR, None).await.unwrap_err();
    assert!(matches!(unknown, StoreError::TokenNotFound(_)));
}

pub async fn a_session_ends_with_its_time_its_token_and_its_secret(stores: &Stores) {
    let access = &stores.access;
    access.add_token(TokenSpec::admin("other", [9; 32])).await.unwrap();
    let token = access.add_token(TokenSpec::admin("ci", [1; 32])).await.unwrap();
    let session = |hash, secret, expires| NewSession { hash, token, secret, expires };
    access.begin_session(session([10; 32], [1; 32], FAR)).await.unwrap();
    access.begin_session(session([11; 32], [1; 32], PAST)).await.unwrap();
    let known = access.check_session([10; 32]).await.unwrap().unwrap();
    assert_eq!((known.token.id, known.token.name.as_str()), (token, "ci"));
    assert_eq!(access.check_session([11; 32]).await.unwrap(), None);
    assert_eq!(access.check_session([1; 32]).await.unwrap(), None);
    access.note_session_used(known.id, FAR).await.unwrap();
    let listed = access.sessions_of(token).await.unwrap();
    assert_eq!((listed.len(), listed[0].id, listed[0].last_used), (1, known.id, FAR));

    assert_eq!(access.end_session([10; 32]).await.unwrap(), Some(token));
    assert_eq!(access.end_session([10; 32]).await.unwrap(), None);
    assert_eq!(access.check_session([10; 32]).await.unwrap(), None);

    access.begin_session(session([12; 32], [1; 32], FAR)).await.unwrap();
    access.rotate_token(token, [2; 32], DurationMs(0), None).await.unwrap();
    assert_eq!(access.check_session([12; 32]).await.unwrap(), None);
    access.begin_session(session([13; 32], [2; 32], FAR)).await.unwrap();
    access.begin_session(session([14; 32], [2; 32], FAR)).await.unwrap();
    assert_eq!(access.end_sessions(token).await.unwrap(), 3);
    access.begin_session(session([15; 32], [2; 32], FAR)).await.unwrap();
    access.delete_token(token).await.unwrap();
    assert_eq!(access.check_session([15; 32]).await.unwrap(), None);
}

pub async fn secrets_of_the_store_stay_until_they_are_rotated(stores: &Stores) {
    let access = &stores.access;
    let first = access.signing_keys().await.unwrap();
    assert_eq!((access.signing_keys().await.unwrap(), first.previous), (first, None));
    access.rotate_signing_key(HOUR).await.unwrap();
    let second = access.signing_keys().await.unwrap();
    assert_ne!(second.current, first.current);
    assert_eq!(second.previous, Some(first.current));
    access.rotate_signing_key(DurationMs(0)).await.unwrap();
    assert_eq!(access.signing_keys().await.unwrap().previous, None);
    let suffix = access.cookie_suffix().await.unwrap();
    assert_eq!((access.cookie_suffix().await.unwrap(), suffix.len()), (suffix.clone(), 8));
}
