"""Measures how one kind of work affects another: the memory for slow readers, and ingest during searches."""

import http.client
import json
import os
import random
import selectors
import socket
import subprocess
import threading
import time

from servers import MemoryWatch, Server

TRACE = "7" * 32
MIB = 1 << 20
READERS = 100
TRACE_MIB = 100
# Several tokens, as the server limits concurrent large responses per token.
TOKENS = 10
# Bytes that a slow reader reads at once, and how often.
TAKEN_BYTES = 64 << 10
TAKEN_EVERY_S = 1.5
READ_SECONDS = 45

SEARCHES = 16
INGEST_SECONDS = 15
SEARCH_TRACES = 20_000
# A word that no text contains, so that every payload is searched.
HEAVY_FILTER = "trace.text LIKE '%qzxwvnosuchword%'"


def send_large_trace(server: Server, token: str, mib: int) -> None:
    """Sends one trace of `mib` MiB of OTLP, in requests of 8 MiB."""
    maker = random.Random(1)
    span_bytes = 8 << 10
    for request in range(mib // 8):
        spans = [{
            "traceId": TRACE, "spanId": f"{request * 1024 + n + 1:016x}", "name": f"step {n}",
            "parentSpanId": "" if request + n == 0 else f"{1:016x}",
            "startTimeUnixNano": str(1_700_000_000_000_000_000 + maker.randrange(10**9)),
            "endTimeUnixNano": "1700000002000000000",
            "attributes": [{"key": "input.value", "value": {"stringValue": maker.randbytes(span_bytes // 2).hex()}}],
        } for n in range(8 * MIB // span_bytes)]
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
        answer = ask(server, "POST", "/v1/traces", token, body)
        if answer[0] != 200:
            raise RuntimeError(f"a part of the trace was answered with {answer[0]}: {answer[1][:300]!r}")


def ask(server: Server, method: str, path: str, token: str | None, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def make_tokens(server: Server, binary: str, count: int) -> list[str]:
    made = []
    for n in range(count):
        command = [binary, "token", "create", "--name", f"reader-{n}", "--data", str(server.folder / "data")]
        created = subprocess.run(command, capture_output=True, text=True, check=True, env=server.env())
        made.append(created.stdout.split()[-1])
    return made


def slow_readers(server: Server, binary: str, readers: int = READERS, mib: int = TRACE_MIB,
                 seconds: float = READ_SECONDS) -> dict:
    """Measures memory while many clients read one large trace slowly, each at some KiB/s."""
    with server:
        tokens = make_tokens(server, binary, min(TOKENS, readers))
        send_large_trace(server, tokens[0], mib)
        server.settle(60)
        resting_mb = server.memory_mb()
        with MemoryWatch(server) as watch:
            statuses = read_slowly(server, tokens, readers, seconds)
        alive = server.healthy()
    return {"measure": "slow-readers", "readers": readers, "trace_mib": mib, "resting_mb": resting_mb,
            "peak_mb": watch.peak_mb, "server_cpu_s": watch.cpu_seconds, "alive": alive, **statuses}


def read_slowly(server: Server, tokens: list[str], readers: int, seconds: float) -> dict:
    selector = selectors.DefaultSelector()
    opened, answers, due = [], {}, {}
    for n in range(readers):
        connection = socket.create_connection(("127.0.0.1", server.port))
        # Otherwise the kernel would buffer much of the response.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        connection.sendall(f"GET /api/3.0/mlflow/traces/get?trace_id=tr-{TRACE} HTTP/1.1\r\nhost: localhost\r\n"
                           f"authorization: Bearer {tokens[n % len(tokens)]}\r\nconnection: close\r\n\r\n".encode())
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
        opened.append(connection)
    taken, ended = 0, time.monotonic() + seconds
    while (now := time.monotonic()) < ended and selector.get_map():
        ready = [key.fileobj for key, _ in selector.select(0.2) if due.get(key.fileobj, 0) <= now]
        if not ready:
            time.sleep(0.02)
        for connection in ready:
            try:
                some = connection.recv(TAKEN_BYTES)
            except OSError:
                some = b""
            if not some:
                selector.unregister(connection)
                continue
            answers.setdefault(connection, some.split(b" ", 2)[1].decode())
            taken += len(some)
            due[connection] = now + TAKEN_EVERY_S
    for connection in opened:
        connection.close()
    given = list(answers.values())
    return {"begun": given.count("200"), "told_to_wait": given.count("429"), "taken_mib": taken / MIB}


def ingest_beside_searches(server: Server, load: str, traces: int = SEARCH_TRACES, searches: int = SEARCHES,
                           seconds: float = INGEST_SECONDS) -> dict:
    """Measures the latency of ingest, alone and during heavy searches, with one store in one run."""
    with server:
        generate(server, load, "load", "--traces", str(traces), "--seconds-max", "1200")
        server.settle(120)
        generate(server, load, "--seed", "7", "--connections", "1", "ingest", "--seconds", "3")
        alone = generate(server, load, "--seed", "8", "--connections", "1", "ingest", "--seconds", str(seconds))
        with Searching(server, searches) as searching:
            time.sleep(2)
            beside = generate(server, load, "--seed", "9", "--connections", "1", "ingest", "--seconds", str(seconds))
    return {"measure": "ingest-beside-searches", "searches": searches, "traces": traces, "cores": os.cpu_count(),
            "alone_p50_ms": alone["p50_ms"], "alone_p99_ms": alone["p99_ms"], "beside_p50_ms": beside["p50_ms"],
            "beside_p99_ms": beside["p99_ms"], "ratio_p99": beside["p99_ms"] / alone["p99_ms"],
            "search_statuses": searching.statuses}


def generate(server: Server, load: str, *asked: str) -> dict:
    done = subprocess.run([load, "--url", server.url, *asked], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


class Searching:
    """Runs `count` clients that each send one heavy search after the other."""

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.statuses: dict[str, int] = {}
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.search, daemon=True) for _ in range(count)]

    def search(self) -> None:
        body = json.dumps({
            "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment(self.server)}}],
            "filter": HEAVY_FILTER,
        }).encode()
        while not self.done.is_set():
            try:
                status = str(ask(self.server, "POST", "/api/3.0/mlflow/traces/search", None, body)[0])
            except OSError as error:
                status = type(error).__name__
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def __enter__(self) -> "Searching":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join(60)


def experiment(server: Server) -> str:
    status, body = ask(server, "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=bench", None)
    if status != 200:
        raise RuntimeError(f"there is no experiment to search: {status}")
    return json.loads(body)["experiment"]["experiment_id"]
