//! TLS with a self-signed certificate, which is replaced while the server runs.
use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, extract::Request, routing::get};
use kansoku_server::{ConnectionLimits, Connections, TlsCertificate, TrustedProxies};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

const WAIT_MAX: Duration = Duration::from_secs(20);

/// Writes a new pair; returns the certificate that clients must trust.
fn write_pair(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

fn load(folder: &Path) -> TlsCertificate {
    TlsCertificate::load(&folder.join("cert.pem"), &folder.join("key.pem")).unwrap()
}

/// Sends a request over TLS; returns the negotiated protocol and the response.
async fn ask(
    address: std::net::SocketAddr,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<(Option<String>, String)> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let protocol = stream.get_ref().1.alpn_protocol().map(|it| String::from_utf8_lossy(it).into());
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    let _ = timeout(WAIT_MAX, stream.read_to_end(&mut answer)).await.expect("an answer");
    Ok((protocol, String::from_utf8_lossy(&answer).into_owned()))
}

#[tokio::test]
async fn a_port_with_a_certificate_speaks_tls_and_waits_for_no_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = write_pair(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits =
        ConnectionLimits { header_timeout: Duration::from_secs(1), ..ConnectionLimits::default() };
    let connections = Connections::new(limits, TrustedProxies::default());
    let scheme = async |request: Request| {
        let info = request.extensions().get::<kansoku_server::ConnectionInfo>().unwrap();
        info.scheme.as_str()
    };
    let router = Router::new().route("/", get(scheme));
    let stop = CancellationToken::new();
    let (stopped, certificate) = (stop.clone(), load(folder.path()));
    let served = tokio::spawn(async move {
        connections.serve(listener, router, Some(certificate), stopped).await;
    });

    // A client that starts a handshake and does not finish it.
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(&[0x16, 3, 1]).await.unwrap();
    let (protocol, answer) = ask(address, &trusted, &["http/1.1"]).await.unwrap();
    assert_eq!(protocol.as_deref(), Some("http/1.1"));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("https"), "{answer}");
    let (protocol, _) = ask(address, &trusted, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(protocol.as_deref(), Some("h2"));
    let mut read = Vec::new();
    let closed = timeout(WAIT_MAX, silent.read_to_end(&mut read)).await;
    assert!(closed.is_ok(), "the handshake has no timeout");
    stop.cancel();
    timeout(WAIT_MAX, served).await.unwrap().unwrap();
}

#[test]
fn a_pair_that_does_not_fit_is_refused_with_its_files() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    write_pair(first.path());
    write_pair(second.path());
    let cert = first.path().join("cert.pem");
    let refused =
        |cert: &Path, key: &Path| TlsCertificate::load(cert, key).err().unwrap().to_string();
    let mixed = refused(&cert, &second.path().join("key.pem"));
    assert!(
        mixed.starts_with("the certificate and key in ") && mixed.contains("cert.pem"),
        "{mixed}"
    );
    let missing = refused(&cert, &first.path().join("none.pem"));
    assert!(missing.starts_with("could not read ") && missing.contains("none.pem"), "{missing}");
    let empty = first.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let empty = refused(&empty, &first.path().join("key.pem"));
    assert!(empty.ends_with("holds no certificate in PEM form"), "{empty}");
}
