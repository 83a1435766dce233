use super::*;

const ADDRESS: [u8; 4] = [6, 6, 6, 6];
const AGENT: [u8; 4] = [10, 0, 0, 1];

fn registry(connections_max: usize, per_address_max: usize) -> Arc<Registry> {
    let limits =
        ConnectionLimits { connections_max, per_address_max, ..ConnectionLimits::default() };
    Arc::new(Registry::new(limits, TrustedProxies::parse("10.9.0.0/16").unwrap()))
}

fn is_told_to_close(entry: &Entry) -> bool {
    !entry.registry.lock().connections.contains_key(&entry.connection.id)
}

#[test]
fn at_the_limit_the_idle_connection_of_whom_has_most_makes_room() {
    let registry = registry(4, 4);
    let agent = registry.admit(AGENT.into()).unwrap();
    let held: Vec<_> = (0..3).map(|_| registry.admit(ADDRESS.into()).unwrap()).collect();
    let another = registry.admit(AGENT.into()).unwrap();
    let closed: Vec<bool> = held.iter().map(is_told_to_close).collect();
    assert_eq!(closed, [true, false, false], "the oldest of its address goes");
    assert!(!is_told_to_close(&agent) && !is_told_to_close(&another));
    assert_eq!(registry.open(), 4);
    drop((agent, held, another));
    assert_eq!(registry.open(), 0);
    assert!(registry.lock().by_address.is_empty());
}

#[test]
fn a_request_under_way_is_never_closed_to_make_room() {
    let registry = registry(2, 2);
    let [first, second] = [(); 2].map(|()| registry.admit(ADDRESS.into()).unwrap());
    let [under_way, ends] = [&first, &second].map(|it| it.connection.begin_request());
    assert_eq!(registry.admit(AGENT.into()).err(), Some(NoRoom::AtAll(2)));
    assert_eq!(registry.admit(ADDRESS.into()).err(), Some(NoRoom::OfAddress(2)));
    second.connection.note_write_blocked();
    drop(ends);
    assert!(registry.admit(AGENT.into()).is_err(), "its response is not sent yet");
    second.connection.note_written();
    let agent = registry.admit(AGENT.into()).unwrap();
    assert!(is_told_to_close(&second) && !is_told_to_close(&first));
    drop((under_way, agent));
}

#[test]
fn an_address_has_a_limit_of_its_own_and_a_proxy_has_none() {
    let registry = registry(100, 2);
    let held: Vec<_> = (0..3).map(|_| registry.admit(ADDRESS.into()).unwrap()).collect();
    assert_eq!(held.iter().filter(|it| is_told_to_close(it)).count(), 1);
    let proxied: Vec<_> = (0..5).map(|_| registry.admit([10, 9, 0, 1].into()).unwrap()).collect();
    assert!(!proxied.iter().any(is_told_to_close));
    // Addresses of one IPv6 network count as one client.
    let v6 = |text: &str| registry.admit(text.parse().unwrap()).unwrap();
    let held = [v6("2001:db8::1"), v6("2001:db8::2"), v6("2001:db8::3"), v6("2001:db8:1::1")];
    assert_eq!(held.each_ref().map(is_told_to_close), [true, false, false, false]);
}

#[tokio::test(start_paused = true)]
async fn each_state_of_a_connection_has_its_timeout() {
    let registry = registry(100, 100);
    let [silent, idle, slow_header, busy, stuck, sent, http2] =
        [(); 7].map(|()| registry.admit(AGENT.into()).unwrap());
    drop(idle.connection.begin_request());
    drop(slow_header.connection.begin_request());
    // The response is in the socket's buffers, but the client does not receive it.
    drop(sent.connection.begin_request());
    sent.connection.note_write_blocked();
    let under_way = [&busy, &stuck].map(|it| it.connection.begin_request());
    stuck.connection.note_write_blocked();
    http2.connection.note_http2();
    tokio::time::advance(Duration::from_secs(5)).await;
    slow_header.connection.note_bytes_read();

    let closed_after = async |seconds: u64| {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        // More bytes of the same header do not start a new header.
        slow_header.connection.note_bytes_read();
        http2.connection.note_bytes_read();
        registry.close_expired();
        [&silent, &slow_header, &sent, &idle, &http2, &stuck, &busy].map(is_told_to_close)
    };
    assert_eq!(closed_after(4).await, [false; 7]);
    assert_eq!(closed_after(1).await, [true, false, false, false, false, false, false]);
    assert_eq!(closed_after(5).await, [true, true, false, false, false, false, false]);
    assert_eq!(closed_after(45).await, [true, true, false, false, false, false, false]);
    assert_eq!(closed_after(15).await, [true, true, true, true, true, false, false]);
    // A response that the client does not receive is ended by the write timeout of the socket.
    assert_eq!(closed_after(100_000).await, [true, true, true, true, true, false, false]);
    drop(under_way);
}
