"""Under overload, every request gets a response, and memory stays bounded."""

import time
from pathlib import Path

import pytest
from kit.server import is_reference
from wire.audit import audit
from wire.caller import Caller
from wire.sending import Sender, Template

pytestmark = pytest.mark.skipif(is_reference(), reason="this is about our process")

CONNECTIONS = 64
SPANS_PER_TRACE = 2000
RSS_MIB_MAX = 1024


def rss_mib(pid: int, key: str = "VmRSS") -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) // 1024


def overload(server, seconds: float) -> list[Sender]:
    caller = Caller(server.url)
    experiment = caller.experiment("overload")
    template = Template(SPANS_PER_TRACE)
    senders = [Sender(server.url, experiment, template) for _ in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    until = time.monotonic() + seconds
    highest = 0
    while time.monotonic() < until:
        highest = max(highest, rss_mib(server.process.pid))
        time.sleep(0.1)
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.end()
    highest = max(highest, rss_mib(server.process.pid, "VmHWM"))
    answers = {status: sum(s.answers.get(status, 0) for s in senders) for status in (200, 429, 503)}
    print(f"{len(template.request) >> 10} KiB a request, answers {answers}, at most {highest} MiB")
    assert highest < RSS_MIB_MAX, f"{highest} MiB in memory"
    return senders


def everything_is_there(server, senders: list[Sender]):
    assert [odd for sender in senders for odd in sender.odd] == []
    acknowledged = sum(sender.spans for sender in senders)
    assert 0 < acknowledged
    server.stop()
    # The beginning of a request that was rejected in the middle may be stored, too.
    assert acknowledged <= audit(server.data)


def test_under_overload_acknowledged_spans_are_stored(start_server):
    server = start_server()
    everything_is_there(server, overload(server, 8))


def test_a_small_limit_on_bodies_is_enforced_and_reported(start_server):
    server = start_server(args=("--bodies-mib-max", "8"))
    senders = overload(server, 4)
    assert 0 < sum(sender.answers.get(429, 0) for sender in senders)
    told = Caller(server.url).ok("GET", "/api/3.0/kansoku/ingest")
    reasons = {rejection["reason"] for rejection in told["rejections"]}
    assert any("fill the memory" in reason for reason in reasons), reasons
    everything_is_there(server, senders)


@pytest.mark.slow
def test_a_minute_of_overload(start_server):
    server = start_server()
    everything_is_there(server, overload(server, 60))
