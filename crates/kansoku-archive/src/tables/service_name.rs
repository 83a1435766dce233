//! The service that sent a trace.
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// The `service.name` of the first resource of `TracesData` in protobuf. Spans are skipped, which
/// takes a fraction of the time of decoding them.
pub fn service_name(otlp: &[u8]) -> Option<String> {
    let data = Resources::decode(otlp).ok()?;
    kansoku_otlp::service_name(data.resources.first()?.resource.as_ref())
}

/// `TracesData` without spans.
#[derive(Clone, PartialEq, prost::Message)]
struct Resources {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceOnly>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceOnly {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
}
