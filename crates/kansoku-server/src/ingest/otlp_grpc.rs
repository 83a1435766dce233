//! OTLP over gRPC: the services for traces and logs, with health and reflection.
//!
//! They are served on every port of the server; requests are recognized by their content type.
//! Tokens, headers and limits are the same as over HTTP.
mod status;
mod unary;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::{self, Next},
    response::Response,
};
use kansoku_model::{IngestProtocol, Scope, Source};
use kansoku_otlp::{Encoding, Signal};
use prost::Message;
use tonic::{Code, Status, service::Routes};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{Health, HealthServer},
};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    NO_METRICS,
    ledger::{record, record_rejection, record_unauthenticated, source},
    otlp_response,
    pipeline::{Format, IngestRequest, OpenExport, RejectedRequest},
};
use crate::{
    ApiError, App, ClientAddress, RouteAccess, auth,
    http::{body_budget::Reservation, error, metrics},
};

const CONTENT_TYPE: &str = "application/grpc";

/// The largest request of a health check, which needs no token, in bytes.
const HEALTH_BYTES_MAX: usize = 4096;

/// A router with all gRPC services, for requests with gRPC's content type.
pub(crate) fn router(app: App) -> Router {
    let health = HealthServer::new(HealthService { app: app.clone() });
    let health = Routes::new(health.max_decoding_message_size(HEALTH_BYTES_MAX));
    let guarded = with_reflection(Routes::default())
        .into_axum_router()
        .reset_fallback()
        .fallback(unknown_service)
        .layer(middleware::from_fn_with_state(app, admit));
    guarded
        .merge(health.into_axum_router().reset_fallback())
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(metrics::count_request))
}

/// Adds the reflection services for tools like grpcurl, in both versions that are in use.
fn with_reflection(routes: Routes) -> Routes {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(opentelemetry_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("opentelemetry.proto.collector.trace.v1.TraceService")
            .with_service_name("opentelemetry.proto.collector.logs.v1.LogsService")
            .with_service_name("grpc.health.v1.Health")
    };
    let valid = "descriptors that came with their crates are valid";
    routes
        .add_service(builder().build_v1().expect(valid))
        .add_service(builder().build_v1alpha().expect(valid))
}

/// Routes gRPC requests to their own router, and all others to that for HTTP.
pub(crate) async fn by_content_type(
    State(grpc): State<Router>,
    request: Request,
    next: Next,
) -> Response {
    if !is_grpc(request.headers()) {
        return next.run(request).await;
    }
    match grpc.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|it| it.as_bytes().starts_with(CONTENT_TYPE.as_bytes()))
}

/// The response to a gRPC request that is rejected before it reaches a service.
pub(crate) fn rejection(error: ApiError) -> Response {
    status::rejection_status(RejectedRequest::new(error, 0)).into_http()
}

/// Authenticates requests by [`auth::admit`], and records rejected ones in the ledger.
async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let protocol = match request.uri().path().contains(".logs.") {
        true => IngestProtocol::OtlpLogs,
        false => IngestProtocol::OtlpGrpc,
    };
    let address = ClientAddress::from_extensions(request.extensions());
    let signal = signal_of(request.uri().path());
    let needed = signal.map_or(RouteAccess::AnyToken, |_| Scope::Ingest.into());
    let admitted = auth::admit(&app, request.headers(), request.extensions());
    let admitted = admitted.await.and_then(|caller| {
        needed.check(&caller)?;
        Ok(caller)
    });
    let caller = match admitted {
        Ok(caller) => caller,
        Err(error) => {
            let rejected = RejectedRequest::new(error, 0);
            record_unauthenticated(&app, protocol, rejected.message.clone(), address).await;
            return status::rejection_status(rejected).into_http();
        }
    };
    let app = app.for_caller(&caller, address);
    request.extensions_mut().insert(caller);
    let source = source(request.headers(), request.extensions(), protocol);
    if let (Some(signal), &Method::POST) = (signal, request.method()) {
        return match export(&app, signal, &source, request).await {
            Ok(answer) => unary::respond(&answer),
            Err(rejected) => {
                record(&app, &source, None, rejected.spans, rejected.message.clone()).await;
                let mut response = status::rejection_status(rejected).into_http();
                let encodings = HeaderValue::from_static(unary::ACCEPTED_ENCODINGS);
                response.headers_mut().insert("grpc-accept-encoding", encodings);
                response
            }
        };
    }
    let response = next.run(request).await;
    if let Some(given) = response.extensions().get::<Status>()
        && given.code() != Code::Ok
    {
        record_rejection(&app, &source, given.message().to_owned()).await;
    }
    response
}

/// The signal that a gRPC method exports.
fn signal_of(path: &str) -> Option<Signal> {
    match path {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Signal::Traces),
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Signal::Logs),
        _ => None,
    }
}

/// Ingests an export like one over HTTP. A generated service would decode the whole request at
/// once.
async fn export(
    app: &App,
    signal: Signal,
    source: &Source,
    request: Request,
) -> Result<Vec<u8>, RejectedRequest> {
    let (parts, body) = request.into_parts();
    let request = IngestRequest::from_headers(app, &parts.headers, source.clone()).await;
    let request = request.map_err(|error| RejectedRequest::new(error, 0))?;
    let reserved = Reservation::from_extensions(&parts.extensions);
    let message = unary::read_message(&parts.headers, body, &app.limits, &reserved).await?;
    let export =
        OpenExport::open(app, Format::Otlp(signal, Encoding::Protobuf), message, &reserved).await?;
    let rejected = export.store(app, &request).await?;
    Ok(match signal {
        Signal::Traces => otlp_response::traces(&rejected).encode_to_vec(),
        Signal::Logs => otlp_response::logs(&rejected).encode_to_vec(),
    })
}

/// The response to unknown methods, including exports of metrics.
async fn unknown_service(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    let message = match path.contains(".metrics.") {
        true => NO_METRICS.to_owned(),
        false => format!("there is no gRPC method `{path}` here"),
    };
    Status::unimplemented(message).into_http()
}

#[derive(Clone)]
struct HealthService {
    app: App,
}

#[tonic::async_trait]
impl Health for HealthService {
    /// The same status as `/health`, for the server as a whole and for each service.
    async fn check(
        &self,
        request: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        let service = &request.get_ref().service;
        let known = [
            "",
            "opentelemetry.proto.collector.trace.v1.TraceService",
            "opentelemetry.proto.collector.logs.v1.LogsService",
        ];
        if !known.contains(&service.as_str()) {
            return Err(Status::not_found("there is no such service here"));
        }
        let status = match self.app.health.unhealthy_reason() {
            None => ServingStatus::Serving,
            Some(_) => ServingStatus::NotServing,
        };
        Ok(tonic::Response::new(HealthCheckResponse { status: status.into() }))
    }

    type WatchStream = futures::stream::Empty<Result<HealthCheckResponse, Status>>;

    /// Not implemented; clients that get this status use `check` from then on.
    async fn watch(
        &self,
        _request: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("ask `Check` again and again instead"))
    }
}
