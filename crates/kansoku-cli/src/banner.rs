//! The text on stdout when the server has started: its address, and variables for agents.
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

/// Experiment name in the printed variables; clients create it with the first trace.
const EXPERIMENT: &str = "/Shared/production-genai-app";

/// The addresses on which the server listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doors {
    pub http: SocketAddr,
    /// The separate port for OTLP by gRPC, if there is one.
    pub grpc: Option<SocketAddr>,
    /// Whether both ports use TLS.
    pub tls: bool,
}

pub(crate) fn banner(doors: Doors, data: &Path, token_needed: bool) -> String {
    let address = doors.http;
    let url = url(address, doors.tls);
    let token = if token_needed { "<token>" } else { "any" };
    let mut text = format!(
        "Kansoku {} takes traces at {url} and keeps them in {}\n",
        env!("CARGO_PKG_VERSION"),
        data.display()
    );
    let mut group = |title: &str, lines: &[(&str, &str)]| {
        let _ = writeln!(text, "\n{title}");
        for (name, value) in lines {
            let _ = writeln!(text, "  export {name}={value}");
        }
    };
    let mut plain = vec![("MLFLOW_TRACKING_URI", url.as_str())];
    if token_needed {
        plain.push(("MLFLOW_TRACKING_TOKEN", "'<token>'"));
    }
    plain.push(("MLFLOW_EXPERIMENT_NAME", EXPERIMENT));
    group("Paste into an agent that speaks plain MLflow:", &plain);
    group(
        "or into one that speaks to Databricks:",
        &[
            ("MLFLOW_TRACKING_URI", "databricks"),
            ("DATABRICKS_HOST", &url),
            ("DATABRICKS_TOKEN", &quoted(token)),
            ("MLFLOW_EXPERIMENT_NAME", EXPERIMENT),
        ],
    );
    let endpoint = doors.grpc.map_or(url.clone(), |grpc| self::url(grpc, doors.tls));
    let mut otlp = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    if token_needed {
        otlp.push(("OTEL_EXPORTER_OTLP_HEADERS", "'authorization=Bearer <token>'"));
    }
    let title = match doors.grpc {
        Some(_) => {
            "or into anything that exports OpenTelemetry by gRPC (by HTTP: the address above):"
        }
        None => "or into anything that exports OpenTelemetry, by HTTP or gRPC:",
    };
    group(title, &otlp);
    let _ = writeln!(
        text,
        "\nThe small package `mlflow-tracing` ignores MLFLOW_EXPERIMENT_NAME: there, call\n  \
         mlflow.set_experiment(\"{EXPERIMENT}\")"
    );
    if address.ip().is_unspecified() {
        let _ = writeln!(
            text,
            "\nFrom other machines, put this machine's address for 127.0.0.1; a name must be in the \
             setting\n`allowed_hosts` unless a token comes with each request."
        );
    }
    if token_needed {
        let _ = writeln!(text, "\nA token comes from `kansoku token create --name NAME`.");
    }
    let _ = writeln!(text, "\nTry it from end to end: kansoku verify --url {url}");
    text
}

fn quoted(token: &str) -> String {
    if token.starts_with('<') { format!("'{token}'") } else { token.to_owned() }
}

/// The URL of an address, with `127.0.0.1` in place of an unspecified address such as `0.0.0.0`, to
/// which clients cannot connect.
fn url(address: SocketAddr, tls: bool) -> String {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{reachable}")
}

#[cfg(test)]
mod tests;
