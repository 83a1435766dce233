"""How the worker divides its slots, answers, and stops, against an HTTP server in this process."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kansoku_worker.client import Client, Refused
from kansoku_worker.sandbox import Limits
from kansoku_worker.worker import Worker, _seconds

LIMITS = Limits(seconds=5, memory_mib=64)


class Jobs:
    """A queue behind the server's routes."""

    def __init__(self):
        self.waiting: list[dict] = []
        self.answers: dict[str, list] = {}
        self.given_back: list[str] = []
        self.refuses_value = None
        self.status = 200

    def add(self, number: str, scorer: str) -> None:
        self.waiting.append({"job_id": number, "scorer_id": scorer, "scorer_name": scorer,
                             "serialized_scorer": "{}", "session_id": None,
                             "trace_ids": [f"tr-{number}", "tr-2"]})

    def handle(self, path: str, body: dict) -> tuple[int, object]:
        number, verb, *rest = path.partition("/jobs/")[2].split("/") if "/jobs/lease" not in path else ["", "lease"]
        if self.status != 200:
            return self.status, {"message": "not you"}
        if verb == "lease":
            jobs = [job for job in self.waiting if job["scorer_id"] not in body["except_scorers"]]
            if jobs:
                self.waiting.remove(jobs[0])
            else:
                time.sleep(min(body["wait_s"], 0.05))
            return 200, {"job": jobs[0] if jobs else None}
        if verb == "traces":
            return (404, {"message": "gone"}) if number == "gone" else (200, rest)
        if verb == "give-back":
            self.given_back.append(number)
            return 200, {}
        if self.refuses_value is not None and body["feedback"][0].get("feedback", {}).get("value") == self.refuses_value:
            return 400, {"message": "too long"}
        self.answers[number] = body["feedback"]
        return 200, {}


@pytest.fixture
def jobs():
    jobs = Jobs()

    class Handler(BaseHTTPRequestHandler):
        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = jobs.handle(self.path, json.loads(body or "{}"))
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    jobs.url = f"http://127.0.0.1:{server.server_port}"
    yield jobs
    server.shutdown()


def until(is_true) -> None:
    for _ in range(1000):
        if is_true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


class Running:
    """A worker in a thread, whose scorers are functions of the test."""

    def __init__(self, jobs: Jobs, run, parallel: int = 2):
        self.worker = Worker(Client(jobs.url, "t"), LIMITS, parallel, run)
        self.thread = threading.Thread(target=self.worker.run, daemon=True)
        self.thread.start()

    def stop(self):
        self.worker._is_stopping = True
        self.thread.join(30)
        assert not self.thread.is_alive()


def value(text: str) -> list[dict]:
    return [{"assessment_name": "x", "feedback": {"value": text}}]


def test_each_job_is_answered(jobs):
    for number in range(5):
        jobs.add(str(number), "s")
    running = Running(jobs, lambda name, *_: value(name))
    until(lambda: len(jobs.answers) == 5)
    running.stop()
    assert jobs.answers["3"] == value("s")


def test_a_scorer_gets_all_traces_of_its_job(jobs):
    jobs.add("1", "s")
    running = Running(jobs, lambda name, serialized, traces, limits: value(b" ".join(traces).decode()))
    until(lambda: "1" in jobs.answers)
    running.stop()
    assert jobs.answers["1"] == value('["tr-1"] ["tr-2"]')


def test_a_scorer_that_hangs_leaves_a_slot_to_the_others(jobs):
    for number in range(5):
        jobs.add(f"slow-{number}", "slow")
    jobs.add("quick", "quick")
    free = threading.Event()

    def run(name, *_):
        if name == "slow":
            free.wait(20)
        return value(name)

    running = Running(jobs, run, parallel=3)
    until(lambda: "quick" in jobs.answers)
    assert len(jobs.answers) == 1
    free.set()
    until(lambda: len(jobs.answers) == 6)
    running.stop()


def test_feedback_that_the_server_refuses_becomes_an_error(jobs):
    jobs.refuses_value = "bad"
    jobs.add("1", "s")
    running = Running(jobs, lambda *_: value("bad"))
    until(lambda: "1" in jobs.answers)
    running.stop()
    [feedback] = jobs.answers["1"]
    assert feedback["feedback"]["error"]["error_message"] == "the server refused its feedback: too long"


def test_a_job_whose_trace_is_gone_harms_nobody(jobs):
    jobs.add("gone", "s")
    jobs.add("1", "s")
    running = Running(jobs, lambda name, *_: value(name))
    until(lambda: "1" in jobs.answers)
    running.stop()
    assert "gone" not in jobs.answers


def test_jobs_that_run_when_the_worker_stops_are_answered_or_given_back(jobs, monkeypatch):
    monkeypatch.setattr("kansoku_worker.worker.STOP_S", 0.5)
    jobs.add("short", "short")
    jobs.add("long", "long")
    begun = []

    def run(name, *_):
        begun.append(name)
        time.sleep(0.2 if name == "short" else 20)
        return value(name)

    running = Running(jobs, run)
    until(lambda: len(begun) == 2)
    running.stop()
    assert "short" in jobs.answers and jobs.given_back == ["long"]


def test_a_worker_that_the_server_refuses_ends(jobs):
    jobs.status = 403
    with pytest.raises(Refused, match="not you"):
        Worker(Client(jobs.url, "t"), LIMITS, 2).run()


def test_a_scorer_has_the_shorter_of_two_time_limits():
    for own, expected in [("null", 60), ("0", 60), ("5", 5), ("0.2", 1), ("300", 60), ('"x"', 60), ("-1", 60)]:
        assert _seconds(f'{{"timeout": {own}}}', 60) == expected
    assert _seconds("garbage", 60) == 60 and _seconds("[]", 60) == 60
