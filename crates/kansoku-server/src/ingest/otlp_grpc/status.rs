//! gRPC statuses of rejected requests, such that exporters retry only what may succeed later.
use kansoku_model::ErrorCode;
use prost::Message;
use tonic::{Code, Status};

use crate::ingest::pipeline::RejectedRequest;

/// The time after which an exporter may retry, in seconds.
const RETRY_AFTER_S: i64 = 1;

/// The status of a rejected request.
pub(super) fn rejection_status(rejected: RejectedRequest) -> Status {
    let code = code(rejected.code);
    let message = rejected.message;
    match rejected.code {
        ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable => {
            let details = retry_later(code, &message).encode_to_vec();
            Status::with_details(code, message, details.into())
        }
        _ => Status::new(code, message),
    }
}

fn code(code: ErrorCode) -> Code {
    match code {
        // Exporters retry after RESOURCE_EXHAUSTED, but a request that is too large would be
        // rejected again.
        ErrorCode::InvalidParameterValue | ErrorCode::BadRequest | ErrorCode::RequestTooLarge => {
            Code::InvalidArgument
        }
        ErrorCode::Unauthenticated => Code::Unauthenticated,
        ErrorCode::PermissionDenied => Code::PermissionDenied,
        ErrorCode::ResourceDoesNotExist | ErrorCode::NotFound => Code::NotFound,
        ErrorCode::EndpointNotFound | ErrorCode::MethodNotAllowed | ErrorCode::NotImplemented => {
            Code::Unimplemented
        }
        ErrorCode::ResourceAlreadyExists => Code::AlreadyExists,
        ErrorCode::ResourceConflict | ErrorCode::InvalidState => Code::FailedPrecondition,
        ErrorCode::ResourceExhausted => Code::ResourceExhausted,
        ErrorCode::DeadlineExceeded | ErrorCode::RequestTimeout => Code::DeadlineExceeded,
        ErrorCode::TemporarilyUnavailable => Code::Unavailable,
        ErrorCode::DataLoss => Code::DataLoss,
        ErrorCode::InternalError => Code::Internal,
    }
}

fn retry_later(code: Code, message: &str) -> RpcStatus {
    let retry = RetryInfo { delay: Some(Seconds { seconds: RETRY_AFTER_S }) };
    let detail = AnyMessage {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: retry.encode_to_vec(),
    };
    RpcStatus { code: code.into(), message: message.to_owned(), details: vec![detail] }
}

/// `google.rpc.Status`, as sent in the trailer `grpc-status-details-bin`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<AnyMessage>,
}

/// `google.protobuf.Any`
#[derive(Clone, PartialEq, Message)]
struct AnyMessage {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<Seconds>,
}

/// `google.protobuf.Duration`, in whole seconds.
#[derive(Clone, PartialEq, Message)]
struct Seconds {
    #[prost(int64, tag = "1")]
    seconds: i64,
}
