//! The likely cause of an error and its solution, in terms of the server's setup.
use std::fmt;
use std::io::ErrorKind;

use super::api::{Answer, CallError};
use super::target::Target;

#[derive(Debug)]
pub(super) struct Diagnosis {
    pub what: String,
    pub cause: String,
    pub cure: String,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, cause, cure } = self;
        write!(f, "\nProblem:      {what}\nLikely cause: {cause}\nCure:         {cure}\n")
    }
}

impl Diagnosis {
    pub(super) fn new(error: &CallError, target: &Target) -> Self {
        match error {
            CallError::NoAnswer(error) => no_answer(error, target),
            CallError::Refused(answer) => refused(answer, target),
            CallError::Unreadable(answer) => Self::not_mlflow(answer, target),
        }
    }

    /// The response is not from an MLflow tracking server.
    pub(super) fn not_mlflow(answer: &Answer, target: &Target) -> Self {
        Self {
            what: format!("{} answers {}: {}", target.url, answer.status, answer.message()),
            cause: "another program listens there, or a proxy before the server sends this path elsewhere"
                .into(),
            cure: format!(
                "check host and port; a proxy must pass on /version, /health, /api, /ajax-api, /v1 and \
                 /dbfs; compare `curl -i {}/version`{}",
                target.url,
                proxy_note(target)
            ),
        }
    }
}

fn no_answer(error: &ureq::Error, target: &Target) -> Diagnosis {
    let what = format!("no answer from {}: {error}", target.url);
    let local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| target.url.contains(host));
    let (cause, cure) = match error {
        ureq::Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused && local => (
            "no server runs on this machine at that port".to_owned(),
            "start one with `kansoku serve`; in a container, 127.0.0.1 is the container itself: name \
             the host instead"
                .to_owned(),
        ),
        ureq::Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused => (
            "the machine is there, and nothing listens at that port for callers from outside".to_owned(),
            "check the port; by default the server listens on its own machine only: start it with \
             `kansoku serve --host 0.0.0.0`, after `kansoku token create --name NAME`"
                .to_owned(),
        ),
        ureq::Error::HostNotFound => (
            "the host's name is unknown here".to_owned(),
            "check its spelling, or give its address".to_owned(),
        ),
        ureq::Error::Timeout(_) => (
            "a firewall drops the connection, or the server is overloaded".to_owned(),
            "try the same on the server's machine; then look at the firewall in between".to_owned(),
        ),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => (
            "that port does not speak https, or its certificate is not trusted here".to_owned(),
            "Kansoku itself speaks http: write http:// unless a proxy before it adds https".to_owned(),
        ),
        ureq::Error::Io(io) if target.url.starts_with("https://") => (
            format!("that port may not speak https ({})", io.kind()),
            "Kansoku itself speaks http: write http:// unless a proxy before it adds https".to_owned(),
        ),
        _ => (
            "something between here and the server ended the connection".to_owned(),
            "try the same on the server's machine".to_owned(),
        ),
    };
    Diagnosis { what, cause, cure: cure + &proxy_note(target) }
}

fn refused(answer: &Answer, target: &Target) -> Diagnosis {
    let what = format!("the server answers {}: {}", answer.status, answer.message());
    let code = answer.error_code();
    let (cause, cure) = match (answer.status, code.as_deref()) {
        (401, _) if target.token.is_none() => (
            "this server wants a token and none was given",
            "on the server: `kansoku token create --name NAME`; here: --token, or MLFLOW_TRACKING_TOKEN \
             (plain form), DATABRICKS_TOKEN (Databricks form)",
        ),
        (401, _) => (
            "the token was deleted, belongs to another server, or lost a character on its way",
            "make a new one on the server: `kansoku token create --name NAME`",
        ),
        (403, _) => (
            "a proxy before the server, or a rule of the server, refuses this caller",
            "look at the proxy's rules and the server's log",
        ),
        (404, None) => return Diagnosis::not_mlflow(answer, target),
        (404, Some("ENDPOINT_NOT_FOUND")) => (
            "an MLflow server, but one too old for traces as 3.x clients send them",
            "update that server, or use Kansoku",
        ),
        (413, _) => (
            "a proxy before the server allows only small bodies",
            "raise its limit (nginx: client_max_body_size 256m)",
        ),
        (429 | 503, _) => (
            "more writes are waiting than the server takes, or it is just stopping",
            "try again in some seconds; look at kansoku_writer_queue_bytes on /metrics",
        ),
        (502 | 504, _) => (
            "a proxy answers, and the server behind it does not",
            "is the server running, and at the port the proxy believes?",
        ),
        (500.., _) => {
            ("a fault in the server", "its log says why; please report it with that line")
        }
        (300..=399, _) => (
            "a proxy sends callers elsewhere, perhaps from http to https, or to a login page",
            "use the address it sends you to, or let API paths pass without a login",
        ),
        _ => (
            "the server does not accept what MLflow's clients send",
            "is this address an MLflow tracking server of version 3?",
        ),
    };
    Diagnosis { what, cause: cause.into(), cure: cure.into() }
}

fn proxy_note(target: &Target) -> String {
    target.proxy.map_or_else(String::new, |variable| {
        format!(
            " ({variable} is set: requests may go through that proxy; list the host in NO_PROXY to go \
             directly)"
        )
    })
}
