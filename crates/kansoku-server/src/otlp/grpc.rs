//! OTLP over gRPC: the services for traces and logs, with health and reflection beside them.
//!
//! They are reached on any port of the server: a request says by its content type that
//! it is gRPC. The same tokens, headers and limits hold as over HTTP.
mod status;
mod unpack;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::Response,
};
use kansoku_model::{Door, Source};
use kansoku_otlp::{LogsData, TracesData, split_logs};
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use prost::Message;
use tonic::{Code, Status, codec::CompressionEncoding, service::Routes};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{Health, HealthServer},
};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    Envelope, INLINE_BYTES_MAX, Refused, answer, note, source, split_first, take, take_all,
};
use crate::{ApiError, App, auth, error, metrics, pieces::off_thread};

const CONTENT_TYPE: &str = "application/grpc";

/// All gRPC services; give it requests whose content type is gRPC's.
pub(crate) fn router(app: App) -> Router {
    let door = GrpcDoor { app: app.clone() };
    let inflated_bytes_max = app.limits.inflated_bytes_max;
    let traces = TraceServiceServer::new(door.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(inflated_bytes_max);
    let logs = LogsServiceServer::new(door.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(inflated_bytes_max);
    let guarded = Routes::new(traces).add_service(logs);
    let guarded = with_reflection(guarded)
        .into_axum_router()
        .reset_fallback()
        .fallback(unknown_service)
        .layer(middleware::from_fn_with_state(app, admit));
    let health = Routes::new(HealthServer::new(door)).into_axum_router().reset_fallback();
    guarded
        .merge(health)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(metrics::count_request))
}

/// What tools like grpcurl ask for, in both versions that are in use.
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

/// Sends gRPC to its own router, and leaves the rest to the one for HTTP.
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

/// The answer to a gRPC request that is refused before it reaches a service.
pub(crate) fn refusal(error: ApiError) -> Response {
    status::of(Refused::new(error, 0)).into_http()
}

/// Lets in whom [`auth::admit`] lets in, and notes what was refused, by us or by the codec.
async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let door = match request.uri().path().contains(".logs.") {
        true => Door::OtlpLogs,
        false => Door::OtlpGrpc,
    };
    match auth::admit(&app, request.method(), request.headers()).await {
        Ok(name) => request.extensions_mut().insert(name),
        Err(error) => {
            let refused = Refused::new(error, 0);
            // Who has no token may call itself what it likes: only the door is known.
            let source = Source { door, ..Source::default() };
            note(&app, &source, None, 0, refused.message.clone()).await;
            return status::of(refused).into_http();
        }
    };
    let source = source(request.headers(), request.extensions(), door);
    if request.uri().path().ends_with("/Export") {
        request = match unpack::unpack(request, &app.limits).await {
            Ok(request) => request,
            Err(error) => {
                let refused = Refused::new(error, 0);
                note(&app, &source, None, 0, refused.message.clone()).await;
                return status::of(refused).into_http();
            }
        };
    }
    let response = next.run(request).await;
    let Some(given) = response.extensions().get::<Status>() else { return response };
    if given.code() == Code::Ok {
        return response;
    }
    let ours = status::refused(given).map(|refused| refused.spans);
    let given = match ours {
        Some(_) => given.clone(),
        None => status::of_codec(given, app.limits.inflated_bytes_max),
    };
    note(&app, &source, None, ours.unwrap_or(0), given.message().to_owned()).await;
    match ours {
        Some(_) => response,
        None => given.into_http(),
    }
}

/// Exporters of metrics come here, and whoever mistook the path.
async fn unknown_service(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    let message = match path.contains(".metrics.") {
        true => super::NO_METRICS.to_owned(),
        false => format!("there is no gRPC method `{path}` here"),
    };
    Status::unimplemented(message).into_http()
}

#[derive(Clone)]
struct GrpcDoor {
    app: App,
}

#[tonic::async_trait]
impl TraceService for GrpcDoor {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        let data = TracesData { resource_spans: message.resource_spans };
        let headers = metadata.into_headers();
        let source = source(&headers, &extensions, Door::OtlpGrpc);
        let envelope = Envelope::open(&self.app, &headers, source).await;
        let envelope = envelope.map_err(|error| status::of(Refused::new(error, 0)))?;
        let bytes = data.encoded_len();
        let (first, rest) = beside(&self.app, bytes, move || split_first(data)).await;
        let rejected = take_all(&self.app, envelope, first, rest, bytes as u64).await;
        let rejected = rejected.map_err(status::of)?;
        Ok(tonic::Response::new(answer::traces(&rejected)))
    }
}

#[tonic::async_trait]
impl LogsService for GrpcDoor {
    async fn export(
        &self,
        request: tonic::Request<ExportLogsServiceRequest>,
    ) -> Result<tonic::Response<ExportLogsServiceResponse>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        let data = LogsData { resource_logs: message.resource_logs };
        let headers = metadata.into_headers();
        let source = source(&headers, &extensions, Door::OtlpLogs);
        let envelope = Envelope::open(&self.app, &headers, source).await;
        let envelope = envelope.map_err(|error| status::of(Refused::new(error, 0)))?;
        let bytes = data.encoded_len();
        let split = beside(&self.app, bytes, move || split_logs(data)).await;
        let rejected = take(&self.app, envelope, split, bytes as u64).await.map_err(status::of)?;
        Ok(tonic::Response::new(answer::logs(&rejected)))
    }
}

/// Work on so many bytes, beside the threads that serve requests where these are many.
async fn beside<T: Send + 'static>(
    app: &App,
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if bytes <= INLINE_BYTES_MAX {
        return work();
    }
    app.bodies.in_turn(off_thread(work)).await
}

#[tonic::async_trait]
impl Health for GrpcDoor {
    /// The same answer as `/health`, for the server as a whole and for each service.
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
        let status = match self.app.health.trouble() {
            None => ServingStatus::Serving,
            Some(_) => ServingStatus::NotServing,
        };
        Ok(tonic::Response::new(HealthCheckResponse { status: status.into() }))
    }

    type WatchStream = futures::stream::Empty<Result<HealthCheckResponse, Status>>;

    /// Clients that hear this ask by `check` from then on.
    async fn watch(
        &self,
        _request: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("ask `Check` again and again instead"))
    }
}
