//! The registry of open connections: their number by address, their state, and which one is closed
//! to make room.
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use metrics::gauge;
use tokio::{sync::Notify, time::Instant};

use super::ConnectionLimits;
use crate::http::{forwarded::TrustedProxies, metrics::CONNECTIONS, write_timeout::WriteLimits};

pub(super) struct Registry {
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    /// The times of connections are in milliseconds after this.
    start: Instant,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next_id: u64,
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
}

/// The state of a connection, shared by all tasks.
pub(super) struct Connection {
    id: u64,
    address: IpAddr,
    start: Instant,
    requests: AtomicUsize,
    /// The time when it was opened, or its last request ended.
    idle_since_ms: AtomicU64,
    /// The time when an unfinished header began; [`NEVER`] if there is none.
    header_since_ms: AtomicU64,
    /// Whether its socket currently accepts no more bytes of a response.
    is_write_blocked: AtomicBool,
    write_limits: WriteLimits,
    /// HTTP/2 frames may arrive at any time, so bytes do not indicate a header.
    is_http2: AtomicBool,
    close: Notify,
}

const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoRoom {
    #[error("this address has {0} connections with requests under way; use fewer at once")]
    OfAddress(usize),
    #[error("the server has {0} connections with requests under way; try again shortly")]
    AtAll(usize),
}

impl Registry {
    pub(super) fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Self {
        Self { limits, proxies, start: Instant::now(), open: Mutex::default() }
    }

    /// Registers a connection from `peer`. At a limit, the connection that has been idle longest is
    /// closed: of this address, or (at the total limit) of the address with the most connections.
    /// Fails if none is idle.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Entry, NoRoom> {
        let address = network_of(peer);
        let ConnectionLimits { connections_max, per_address_max, .. } = self.limits;
        let mut open = self.lock();
        let of_address = open.by_address.get(&address).copied().unwrap_or(0);
        if per_address_max <= of_address && !self.proxies.contains(peer) {
            let idle = open.oldest_idle(|it| it.address == address);
            open.close(idle.ok_or(NoRoom::OfAddress(of_address))?);
        }
        if connections_max <= open.connections.len() {
            let idle = open.oldest_idle(|_| true);
            let no_room = NoRoom::AtAll(open.connections.len());
            open.close(idle.ok_or(no_room)?);
        }
        let id = open.next_id;
        open.next_id += 1;
        let connection = Arc::new(Connection::new(id, address, self.start, self.limits.write));
        open.connections.insert(id, connection.clone());
        *open.by_address.entry(address).or_default() += 1;
        gauge!(CONNECTIONS).set(open.connections.len() as f64);
        drop(open);
        Ok(Entry { registry: self.clone(), connection })
    }

    pub(super) fn close_oldest_idle(&self) {
        let mut open = self.lock();
        if let Some(idle) = open.oldest_idle(|_| true) {
            open.close(idle);
        }
    }

    pub(super) fn close_expired(&self) {
        let mut open = self.lock();
        let connections = open.connections.values();
        let expired: Vec<_> =
            connections.filter(|it| it.is_expired(&self.limits)).cloned().collect();
        for connection in expired {
            open.close(connection);
        }
    }

    /// The interval of [`Registry::close_expired`]: timeouts are exceeded by at most a tenth.
    pub(super) fn check_every(&self) -> Duration {
        let ConnectionLimits { header_timeout, idle_timeout, .. } = self.limits;
        let shortest = header_timeout.min(idle_timeout);
        (shortest / 10).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    pub(super) fn open(&self) -> usize {
        self.lock().connections.len()
    }

    /// Poisoning is ignored: no panic can leave the maps inconsistent.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn oldest_idle(&self, among: impl Fn(&Connection) -> bool) -> Option<Arc<Connection>> {
        let idle = self.connections.values().filter(|it| !it.is_busy() && among(it));
        let least_wanted = idle.max_by_key(|it| {
            let of_address = self.by_address.get(&it.address).copied().unwrap_or(0);
            (of_address, u64::MAX - it.idle_since_ms.load(Ordering::Relaxed), u64::MAX - it.id)
        });
        least_wanted.cloned()
    }

    /// Removes a connection, and signals it to close.
    fn close(&mut self, connection: Arc<Connection>) {
        self.remove(&connection);
        connection.close.notify_one();
    }

    fn remove(&mut self, connection: &Connection) {
        if self.connections.remove(&connection.id).is_none() {
            return;
        }
        if let Some(count) = self.by_address.get_mut(&connection.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&connection.address);
            }
        }
        gauge!(CONNECTIONS).set(self.connections.len() as f64);
    }
}

/// A registered connection; removed from the registry when this is dropped.
pub(super) struct Entry {
    registry: Arc<Registry>,
    pub(super) connection: Arc<Connection>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.connection);
    }
}

impl Connection {
    fn new(id: u64, address: IpAddr, start: Instant, write_limits: WriteLimits) -> Self {
        let now_ms = ms_since(start);
        Self {
            id,
            address,
            start,
            requests: AtomicUsize::new(0),
            idle_since_ms: AtomicU64::new(now_ms),
            // The wait for the first request is limited like that for a header.
            header_since_ms: AtomicU64::new(now_ms),
            is_write_blocked: AtomicBool::new(false),
            write_limits,
            is_http2: AtomicBool::new(false),
            close: Notify::new(),
        }
    }

    pub(super) fn write_limits(&self) -> WriteLimits {
        self.write_limits
    }

    /// Returns when the registry has closed the connection.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    /// Whether there is a current request, or a response that the client has not received
    /// completely.
    pub(super) fn is_busy(&self) -> bool {
        0 < self.requests.load(Ordering::Relaxed) || self.is_write_blocked.load(Ordering::Relaxed)
    }

    /// Whether there is a current request whose client receives what is sent.
    pub(super) fn has_moving_request(&self) -> bool {
        0 < self.requests.load(Ordering::Relaxed) && !self.is_write_blocked.load(Ordering::Relaxed)
    }

    fn is_expired(&self, limits: &ConnectionLimits) -> bool {
        let now_ms = ms_since(self.start);
        let has_passed = |since_ms: &AtomicU64, timeout: Duration| {
            let since_ms = since_ms.load(Ordering::Relaxed);
            since_ms != NEVER && timeout <= Duration::from_millis(now_ms.saturating_sub(since_ms))
        };
        // A response that the client receives too slowly is ended by `WriteTimeout`.
        if 0 < self.requests.load(Ordering::Relaxed) {
            return false;
        }
        has_passed(&self.header_since_ms, limits.header_timeout)
            || has_passed(&self.idle_since_ms, limits.idle_timeout)
    }

    /// Marks the header as complete and its request as current, until the returned value is
    /// dropped.
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestUnderWay {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.header_since_ms.store(NEVER, Ordering::Relaxed);
        RequestUnderWay(self.clone())
    }

    pub(super) fn note_http2(&self) {
        self.is_http2.store(true, Ordering::Relaxed);
        self.header_since_ms.store(NEVER, Ordering::Relaxed);
    }

    pub(super) fn note_bytes_read(&self) {
        let begins_header = self.requests.load(Ordering::Relaxed) == 0
            && !self.is_http2.load(Ordering::Relaxed)
            && self.header_since_ms.load(Ordering::Relaxed) == NEVER;
        if begins_header {
            self.header_since_ms.store(ms_since(self.start), Ordering::Relaxed);
        }
    }

    pub(super) fn note_write_blocked(&self) {
        self.is_write_blocked.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_written(&self) {
        self.is_write_blocked.store(false, Ordering::Relaxed);
    }
}

/// One request of a connection, from its header to the end of its response.
pub(super) struct RequestUnderWay(Arc<Connection>);

impl Drop for RequestUnderWay {
    fn drop(&mut self) {
        let Self(connection) = self;
        connection.idle_since_ms.store(ms_since(connection.start), Ordering::Relaxed);
        connection.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

fn ms_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(NEVER - 1)
}

/// The network that an address is counted by: a client usually has a whole /64 of IPv6 addresses,
/// but one IPv4 address.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests;
