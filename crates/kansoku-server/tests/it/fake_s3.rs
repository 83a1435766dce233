//! A bucket on S3 in this process, on loopback: lists in pages of two, and downloads with ranges.
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream;
use kansoku_s3::S3Settings;

const PAGE_ENTRIES: usize = 2;

/// How the bucket responds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behavior {
    Works,
    Fails(u16, &'static str),
    Hangs,
    /// The first response with content ends in its middle.
    BreaksOffOnce,
}

#[derive(Clone)]
pub(crate) struct FakeS3 {
    address: String,
    state: Arc<FakeState>,
}

struct FakeState {
    bucket: String,
    objects: Mutex<BTreeMap<String, Bytes>>,
    behavior: Mutex<Behavior>,
    requests: AtomicUsize,
}

impl FakeS3 {
    pub(crate) async fn start(bucket: &str) -> Self {
        let state = Arc::new(FakeState {
            bucket: bucket.to_owned(),
            objects: Mutex::default(),
            behavior: Mutex::new(Behavior::Works),
            requests: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/{bucket}", get(list))
            .route("/{bucket}/{*key}", get(download))
            .layer(from_fn_with_state(state.clone(), check))
            .with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, state }
    }

    /// Settings with keys for this bucket.
    pub(crate) fn settings(&self) -> S3Settings {
        S3Settings::new([
            ("AWS_ACCESS_KEY_ID".to_owned(), "key-of-a-test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "secret-of-a-test".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), self.address.clone()),
        ])
    }

    /// Settings without keys; the machine has no role either.
    pub(crate) fn settings_without_keys(&self) -> S3Settings {
        S3Settings::new([
            ("AWS_METADATA_ENDPOINT".to_owned(), format!("{}/metadata", self.address)),
            ("AWS_ALLOW_HTTP".to_owned(), "true".to_owned()),
            ("MLFLOW_S3_ENDPOINT_URL".to_owned(), self.address.clone()),
        ])
    }

    pub(crate) fn put(&self, key: &str, content: impl Into<Bytes>) {
        self.state.objects.lock().unwrap().insert(key.to_owned(), content.into());
    }

    pub(crate) fn behave(&self, behavior: Behavior) {
        *self.state.behavior.lock().unwrap() = behavior;
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }
}

fn error(status: u16, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Token>secret-of-a-test</Token></Error>");
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

async fn check(State(state): State<Arc<FakeState>>, request: Request, next: Next) -> Response {
    state.requests.fetch_add(1, Ordering::Relaxed);
    let signature = request.headers().get(header::AUTHORIZATION);
    let signature = signature.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature.starts_with("AWS4-HMAC-SHA256 Credential=key-of-a-test/") {
        return error(403, "AccessDenied");
    }
    let behavior = *state.behavior.lock().unwrap();
    match behavior {
        Behavior::Works | Behavior::BreaksOffOnce => next.run(request).await,
        Behavior::Fails(status, code) => error(status, code),
        Behavior::Hangs => std::future::pending().await,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

async fn list(
    State(state): State<Arc<FakeState>>,
    Path(bucket): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if bucket != state.bucket {
        return error(404, "NoSuchBucket");
    }
    assert_eq!((query["list-type"].as_str(), query["delimiter"].as_str()), ("2", "/"));
    let prefix = query.get("prefix").map_or("", String::as_str);
    let after = query.get("continuation-token").map_or("", String::as_str);
    let mut entries = BTreeMap::new();
    for (key, content) in state.objects.lock().unwrap().iter() {
        let Some(below) = key.strip_prefix(prefix) else { continue };
        match below.split_once('/') {
            Some((folder, _)) => entries.insert(format!("{prefix}{folder}/"), None),
            None => entries.insert(key.clone(), Some(content.len())),
        };
    }
    let entries: Vec<_> = entries.into_iter().filter(|(key, _)| after < key.as_str()).collect();
    let mut xml = String::from("<ListBucketResult>");
    for (key, bytes) in entries.iter().take(PAGE_ENTRIES) {
        let key = escaped(key);
        xml.push_str(&match bytes {
            Some(bytes) => format!(
                "<Contents><Key>{key}</Key><Size>{bytes}</Size>\
                 <LastModified>2026-11-21T12:00:00.000Z</LastModified></Contents>"
            ),
            None => format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>"),
        });
    }
    if PAGE_ENTRIES < entries.len() {
        let token = escaped(&entries[PAGE_ENTRIES - 1].0);
        xml.push_str(&format!("<NextContinuationToken>{token}</NextContinuationToken>"));
    }
    (xml + "</ListBucketResult>").into_response()
}

async fn download(
    State(state): State<Arc<FakeState>>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = state.objects.lock().unwrap().get(&key).cloned();
    let Some(content) = found.filter(|_| bucket == state.bucket) else {
        return error(404, "NoSuchKey");
    };
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
    let from: usize = range.as_ref().map_or(0, |range| {
        let (from, _) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        from.parse().unwrap()
    });
    let rest = content.slice(from..);
    let headers = [
        (header::ETAG, "\"1\"".to_owned()),
        (header::LAST_MODIFIED, "Sat, 21 Nov 2026 12:00:00 GMT".to_owned()),
        (header::CONTENT_LENGTH, rest.len().to_string()),
        (header::CONTENT_RANGE, format!("bytes {from}-{}/{}", content.len() - 1, content.len())),
    ];
    let breaks_off = matches!(*state.behavior.lock().unwrap(), Behavior::BreaksOffOnce);
    let body = match breaks_off {
        true => {
            *state.behavior.lock().unwrap() = Behavior::Works;
            let half = rest.slice(..rest.len() / 2);
            Body::from_stream(stream::iter([Ok(half), Err(std::io::Error::other("gone"))]))
        }
        false => Body::from(rest),
    };
    let status = match range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    (status, headers, body).into_response()
}
