//! The server's certificate, which is reloaded when its files change.
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The interval in which the files are checked.
const CHECK_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("could not read {}: {source}", path.display())]
    Read { path: PathBuf, source: pem::Error },
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    #[error("the certificate and key in {} and {} cannot be used: {source}", cert.display(), key.display())]
    Unusable { cert: PathBuf, key: PathBuf, source: rustls::Error },
}

/// The certificate chain and private key for new connections; cheap to clone.
#[derive(Clone)]
pub struct TlsCertificate {
    cert: PathBuf,
    key: PathBuf,
    current: Arc<RwLock<Arc<ServerConfig>>>,
    version: FilesVersion,
}

/// The modification times and sizes of the files, to detect changes.
type FilesVersion = [Option<(SystemTime, u64)>; 2];

impl TlsCertificate {
    /// Reads a chain and its key from PEM files.
    ///
    /// # Errors
    /// If a file cannot be read, or the two do not belong together.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let version = files_version(cert, key);
        let config = read_config(cert, key)?;
        Ok(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: Arc::new(RwLock::new(Arc::new(config))),
            version,
        })
    }

    /// Replaces the certificate when its files change, until `stop` is cancelled. If the new pair
    /// cannot be used, the old one stays in use, and the error is logged once.
    pub async fn reload_on_change(self, stop: CancellationToken) {
        self.reload_every(CHECK_EVERY, stop).await;
    }

    async fn reload_every(mut self, every: Duration, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(every) => {}
            }
            self.reload_if_changed();
        }
    }

    fn reload_if_changed(&mut self) {
        let version = files_version(&self.cert, &self.key);
        if version == self.version {
            return;
        }
        self.version = version;
        match read_config(&self.cert, &self.key) {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tracing::info!(cert = %self.cert.display(), "loaded the new TLS certificate");
            }
            Err(error) => {
                tracing::warn!(%error, "the new TLS certificate cannot be used; the previous one stays in use");
            }
        }
    }

    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn files_version(cert: &Path, key: &Path) -> FilesVersion {
    [cert, key].map(|path| {
        let read = || -> io::Result<_> {
            let file = std::fs::metadata(path)?;
            Ok((file.modified()?, file.len()))
        };
        read().ok()
    })
}

fn read_config(cert: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Read { path, source }
    };
    let chain = CertificateDer::pem_file_iter(cert).map_err(unreadable(cert))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(unreadable(cert))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(cert.to_owned()));
    }
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let unusable =
        |source| TlsError::Unusable { cert: cert.to_owned(), key: key.to_owned(), source };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private_key);
    let mut config = config.map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests;
