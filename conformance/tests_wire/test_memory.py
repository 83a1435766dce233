"""Requests that decode to many times their size neither end the process nor delay other responses.

The server has a limit of 2 GiB of address space, which unlimited decoding of one request would exceed.
"""

import gzip
import resource
import subprocess
import threading
import time

import httpx
import pytest
from kit.server import Server, clean_env, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow has no such limits")

ADDRESS_SPACE_BYTES = 2 << 30
RESIDENT_MIB_MAX = 512
HEALTH_WITHIN_S = 5
MIB = 1 << 20
TRACE = "tr-" + "0a" * 16


class SmallServer(Server):
    def start(self) -> Server:
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), env=clean_env() | self.env, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=limit)
        self.wait_until_healthy()
        return self

    def resident_mib(self) -> int:
        """The peak resident memory in MiB."""
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(status.split("VmHWM:")[1].split()[0]) >> 10


def field(tag: int, content: bytes) -> bytes:
    length, varint = len(content), b""
    while length > 127:
        varint += bytes([length & 127 | 128])
        length >>= 7
    return bytes([tag << 3 | 2]) + varint + bytes([length]) + content


def export(items: bytes) -> bytes:
    return field(1, field(2, items))


EMPTY_SPANS = export(b"\x12\x00" * 100_000)
EMPTY_ATTRIBUTES = export(field(2, field(1, b"\1" * 16) + field(2, b"\1" * 8) + b"\x4a\x00" * (2 * MIB)))
EMPTY_VALUES = export(field(2, field(5, field(5, b"\x0a\x00" * (2 * MIB)))))
DENSE = '{"name":"a","token":[' + "[0]," * (4 * MIB) + "0]}"
DENSE_FILE = '{"spans":[' + "{}," * MIB + "{}]}"
DENSE_OTLP = '{"resourceSpans":[{"scopeSpans":[{"spans":[' + "{}," * MIB + "{}]}]}]}"
PROTOBUF = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
JSON = {"content-type": "application/json", "content-encoding": "gzip"}

REQUESTS = [
    ("sign-in", "POST", "/api/3.0/kansoku/session", JSON, DENSE.encode()),
    ("a JSON route", "POST", "/api/2.0/mlflow/experiments/create", JSON, DENSE.encode()),
    ("empty spans", "POST", "/v1/traces", PROTOBUF, EMPTY_SPANS),
    ("empty attributes", "POST", "/v1/traces", PROTOBUF, EMPTY_ATTRIBUTES),
    ("empty values in logs", "POST", "/v1/logs", PROTOBUF, EMPTY_VALUES),
    ("empty spans in JSON", "POST", "/v1/traces", JSON, DENSE_OTLP.encode()),
    ("empty spans in a file", "PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json",
     {"content-encoding": "gzip"}, DENSE_FILE.encode()),
]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    server = SmallServer(tmp_path_factory.mktemp("small") / "data").start()
    yield server
    server.kill()


class Health(threading.Thread):
    """Requests `/health` until stopped, and keeps the longest response time."""

    def __init__(self, url: str):
        super().__init__(daemon=True)
        self.url = url
        self.stopping = threading.Event()
        self.longest_s = 0.0
        self.problem: str | None = None

    def run(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                assert httpx.get(f"{self.url}/health", timeout=60).status_code == 200
            except Exception as error:
                self.problem = repr(error)
                return
            self.longest_s = max(self.longest_s, time.monotonic() - begun)
            time.sleep(0.05)


@pytest.mark.parametrize(["what", "method", "path", "headers", "body"], REQUESTS, ids=[request[0] for request in REQUESTS])
def test_a_small_request_that_decodes_to_a_large_one_is_survived(small, what, method, path, headers, body):
    packed = gzip.compress(body, 9)
    assert len(packed) < MIB
    health = Health(small.url)
    health.start()
    answers = []

    def send():
        answers.append(httpx.request(method, small.url + path, headers=headers, content=packed, timeout=120))

    senders = [threading.Thread(target=send, daemon=True) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(150)
    health.stopping.set()
    health.join(60)
    assert health.problem is None
    assert health.longest_s < HEALTH_WITHIN_S, f"/health took {health.longest_s:.1f} s during {what}"
    assert len(answers) == 6, "a request was not answered"
    assert all(answer.status_code < 500 or answer.status_code == 503 for answer in answers), [
        (answer.status_code, answer.text[:200]) for answer in answers
    ]
    assert small.process.poll() is None
    assert small.resident_mib() < RESIDENT_MIB_MAX
