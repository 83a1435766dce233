//! The web UI: its pages and files, from the binary or from a folder, under a strict content
//! security policy.
//!
//! Every page is the same document; its script chooses the screen by the URL. URLs in it are
//! relative, so that it works below any path prefix of a proxy.
mod assets;

use std::path::PathBuf;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kansoku_model::ErrorCode;

use crate::{ApiError, App, route_table::Routes};
use assets::{Assets, Coding};

/// Pages that users open by their URL.
const PAGES: [&str; 6] =
    ["/", "/e/{experiment}", "/e/{experiment}/{*screen}", "/t/{trace_id}", "/compare", "/settings"];
/// Pages that other sites may show in a frame. MLflow's clients expect the first one.
const FRAMED: [&str; 2] =
    ["/static-files/lib/notebook-trace-renderer/index.html", "/embed/t/{trace_id}"];

/// The policy allows scripts, styles and fonts from this server only; contents of traces are never
/// executed.
macro_rules! policy {
    ($frame_ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; ",
            "img-src 'self' data: blob:; ",
            "media-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; ",
            "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; ",
            "frame-ancestors ",
            $frame_ancestors
        )
    };
}
const PAGE_POLICY: &str = policy!("'none'");
const FRAMED_POLICY: &str = policy!("*");

/// The source of the UI's files.
#[derive(Clone, Debug, Default)]
pub struct Ui {
    assets: Assets,
}

impl Ui {
    /// Uses the files of a folder instead of those in the binary.
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { assets: Assets::Folder(folder) }
    }
}

pub(crate) fn routes(routes: &mut Routes) {
    for path in PAGES {
        routes.open(Method::GET, path, page);
    }
    for path in FRAMED {
        routes.open(Method::GET, path, framed_page);
    }
    routes.open(Method::GET, "/assets/{*file}", hashed_file);
    for path in ["/boot.js", "/docs.css", "/favicon.svg"] {
        routes.open(Method::GET, path, file);
    }
}

/// A page that must not be framed.
async fn page(app: App, uri: Uri, headers: HeaderMap) -> Response {
    document(&app.ui, uri.path(), &headers, PAGE_POLICY)
}

/// A page for notebooks, which show it in a frame.
async fn framed_page(app: App, uri: Uri, headers: HeaderMap) -> Response {
    document(&app.ui, uri.path(), &headers, FRAMED_POLICY)
}

fn document(ui: &Ui, path: &str, headers: &HeaderMap, policy: &'static str) -> Response {
    let Some(asset) = ui.assets.get("index.html", Coding::Identity) else {
        return ([(header::CONTENT_SECURITY_POLICY, policy)], NOT_BUILT).into_response();
    };
    let to_root = "../".repeat(path.matches('/').count().saturating_sub(1));
    let to_root = if to_root.is_empty() { "./" } else { &to_root };
    let html = String::from_utf8_lossy(&asset.bytes).replace("\"./", &format!("\"{to_root}"));
    let headers_out = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let etag = HeaderValue::from_str(&format!("\"{}-{}\"", asset.hash, to_root.len()))
        .expect("a hash and a number");
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, headers_out, [(header::ETAG, etag)]).into_response();
    }
    (headers_out, [(header::ETAG, etag)], html).into_response()
}

/// Files whose names contain a hash of their contents, so browsers may cache them forever.
async fn hashed_file(app: App, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    serve(&app.ui, uri.path(), &headers, "public, max-age=31536000, immutable")
}

async fn file(app: App, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    serve(&app.ui, uri.path(), &headers, "no-cache")
}

fn serve(
    ui: &Ui,
    path: &str,
    headers: &HeaderMap,
    cache: &'static str,
) -> Result<Response, ApiError> {
    let name = path.trim_start_matches('/');
    let found = Coding::accepted(headers)
        .into_iter()
        .find_map(|coding| Some((coding, ui.assets.get(name, coding)?)));
    let Some((coding, asset)) = found else {
        return Err(ApiError::new(
            ErrorCode::EndpointNotFound,
            format!("there is no file `{name}`"),
        ));
    };
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let etag = format!("\"{}{}\"", asset.hash, coding.extension());
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == etag.as_str());
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(asset.bytes).into_response()
    };
    let mut set = |name: HeaderName, value: &str| {
        response.headers_mut().insert(name, HeaderValue::from_str(value).expect("plain ASCII"));
    };
    set(header::CONTENT_TYPE, mime.as_ref());
    set(header::CACHE_CONTROL, cache);
    set(header::ETAG, &etag);
    set(header::VARY, "accept-encoding");
    // A page in a sandboxed frame has no origin of its own.
    set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    if let Some(name) = coding.name() {
        set(header::CONTENT_ENCODING, name);
    }
    Ok(response)
}

/// Returns a page instead of JSON to a person who followed a wrong link.
pub(crate) async fn page_for_lost(State(ui): State<Ui>, request: Request, next: Next) -> Response {
    if !may_be_lost(&request) {
        return next.run(request).await;
    }
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let response = next.run(request).await;
    let is_page = response.headers().contains_key(header::CONTENT_SECURITY_POLICY);
    let found_nothing =
        matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED);
    if is_page || !found_nothing {
        return response;
    }
    let mut page = document(&ui, &path, &headers, PAGE_POLICY);
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

fn may_be_lost(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::GET
        && accepts_html(request.headers())
        && !API_BEGINNINGS.iter().any(|beginning| path.starts_with(beginning))
}

/// Prefixes of paths that only programs request, even if they run in a browser.
const API_BEGINNINGS: [&str; 5] = ["/api/", "/ajax-api/", "/v1/", "/assets/", "/metrics"];

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

const NOT_BUILT: axum::response::Html<&str> = axum::response::Html(
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kansoku</title>\
     <h1>Kansoku is running, without its screens</h1>\
     <p>This binary was built before the web UI. Build both with <code>make serve</code>, or run \
     <code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code> and build the binary again.</p>\
     <p>Traces are taken all the same, and <a href=\"/api/docs\">the API</a> answers.</p></html>",
);
