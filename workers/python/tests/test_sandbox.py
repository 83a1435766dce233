"""What scorers may do, and what happens to those that do more."""

import json
import os
import textwrap
import time

import pytest

from kansoku_worker import isolation, sandbox
from kansoku_worker.sandbox import Limits

LIMITS = Limits(seconds=20, memory_mib=256)
TRACE = json.dumps(
    {
        "info": {
            "trace_id": "tr-1",
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "1"}},
            "request_time": "2026-01-02T03:04:05.006Z",
            "execution_duration": "1.5s",
            "state": "OK",
            "assessments": [
                {
                    "assessment_id": "a-1",
                    "assessment_name": "expected_response",
                    "trace_id": "tr-1",
                    "source": {"source_type": "HUMAN", "source_id": "me"},
                    "create_time": "2026-01-02T03:04:05.006Z",
                    "last_update_time": "2026-01-02T03:04:05.006Z",
                    "expectation": {"value": "4"},
                    "valid": True,
                }
            ],
        },
        "data": {
            "spans": [
                {
                    "trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==",
                    "span_id": "AAAAAAAAAAE=",
                    "parent_span_id": "",
                    "name": "agent",
                    "start_time_unix_nano": 1,
                    "end_time_unix_nano": 2,
                    "status": {"code": "STATUS_CODE_OK", "message": ""},
                    "attributes": {
                        "mlflow.traceRequestId": '"tr-1"',
                        "mlflow.spanInputs": '{"question": "2 + 2?"}',
                        "mlflow.spanOutputs": '"4"',
                    },
                    "events": [],
                }
            ]
        },
    }
).encode()


@pytest.fixture(scope="session", autouse=True)
def secrets():
    """A secret in the environment of the worker, which is cleaned as the command does."""
    os.environ["KANSOKU_TOKEN"] = "kan_secret"
    isolation.clean_environment([])


def run(body: str, signature: str = "(*, inputs, outputs, expectations, trace)", limits: Limits = LIMITS,
        traces: list[bytes] = [TRACE]) -> list[dict]:
    serialized = {
        "name": "mine",
        "call_source": textwrap.dedent(body).strip(),
        "call_signature": signature,
        "original_func_name": "mine",
    }
    return sandbox.run("mine", json.dumps(serialized), traces, limits)


def error(body: str, limits: Limits = LIMITS) -> str:
    [feedback] = run(body, limits=limits)
    assert feedback["assessment_name"] == "mine"
    assert feedback["source"] == {"source_type": "CODE", "source_id": "mine"}
    assert feedback["feedback"]["error"]["error_code"] == "SCORER_ERROR"
    return feedback["feedback"]["error"]["error_message"]


def test_a_scorer_sees_the_trace_and_its_texts():
    [feedback] = run(
        """
        assert inputs == {"question": "2 + 2?"} and expectations == {"expected_response": "4"}
        assert trace.info.trace_id == "tr-1" and trace.info.execution_duration == 1500
        assert len(trace.search_spans(name="agent")) == 1
        return outputs == expectations["expected_response"]
        """
    )
    assert feedback["assessment_name"] == "mine"
    assert feedback["source"] == {"source_type": "CODE", "source_id": "mine"}
    assert feedback["feedback"] == {"value": True}


def test_a_scorer_of_sessions_sees_all_traces():
    body = """
        assert all(trace.info.trace_id == "tr-1" for trace in session)
        return len(session)
        """
    [feedback] = run(body, "(*, session)", traces=[TRACE] * 3)
    assert feedback["feedback"] == {"value": 3.0}


def test_a_scorer_gives_feedback_lists_of_it_or_nothing():
    assert run("return None") == []
    two = run(
        """
        from mlflow.entities import Feedback
        return [Feedback(name="a", value=1.5, rationale="why"), Feedback(name="b", value="x")]
        """
    )
    assert [(one["assessment_name"], one["feedback"]["value"]) for one in two] == [("a", 1.5), ("b", "x")]
    assert two[0]["rationale"] == "why"
    [named] = run("return Feedback(value=True)")
    assert named["assessment_name"] == "mine"
    [feedback] = run("return len(outputs)", "(outputs)")
    assert feedback["feedback"] == {"value": 1.0}


def test_a_scorer_that_fails_says_why():
    [feedback] = run("raise ValueError('no')")
    given = feedback["feedback"]["error"]
    assert given["error_message"] == "no" and "ValueError" in given["stack_trace"]
    assert error("import sys; sys.exit(3)") == "3"
    assert "object" in error("return object()")
    assert error("def (") and error("return " + "x" * 10_000)


def test_a_scorer_that_hangs_is_ended():
    before = time.monotonic()
    message = error("import time; time.sleep(60)", Limits(seconds=2, memory_mib=256))
    assert message == "it did not end within 2 s" and time.monotonic() - before < 30


def test_a_scorer_that_ends_its_process_or_prints_garbage_is_an_error():
    assert error("import os; os._exit(7)") == "its process ended without an answer (exit code 7)"
    assert "SIGSEGV" in error("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    garbage = """
        import os
        for number in os.listdir("/proc/self/fd"):
            try:
                os.write(int(number), b"garbage")
            except OSError:
                pass
        os._exit(0)
        """
    assert error(garbage) == "its answer cannot be read"
    endless = garbage.replace('b"garbage"', 'b"x" * 5_000_000')
    assert error(endless) == "its feedback has more than 1024 KiB"
    assert run("print('x' * 5_000_000)\nreturn 1")[0]["feedback"] == {"value": 1.0}


def test_a_scorer_gets_so_much_memory_and_no_more():
    assert run("return len(bytearray(64 << 20))")[0]["feedback"] == {"value": float(64 << 20)}
    assert error("return len(bytearray(1 << 30))") == "MemoryError"


def test_a_scorer_writes_no_large_file():
    assert "File too large" in error("open('x', 'wb').write(bytes(80 << 20))")
    assert run("open('x', 'wb').write(b'1')\nreturn True")[0]["feedback"] == {"value": True}


def test_a_scorer_sees_no_secret_of_the_worker():
    [feedback] = run("import os\nreturn ' '.join(sorted(os.environ))")
    assert "KANSOKU_TOKEN" not in feedback["feedback"]["value"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read the memory of every process")
def test_the_worker_is_closed_to_its_scorers():
    isolation.hide_process()
    assert "Permission denied" in error(f"return open('/proc/{os.getpid()}/environ').read()")


def test_one_run_leaves_nothing_to_the_next():
    run("import builtins, os\nbuiltins.left = 1\nopen('left', 'w').close()\nreturn 1")
    [feedback] = run("import builtins, os\nreturn hasattr(builtins, 'left') or os.path.exists('left')")
    assert feedback["feedback"] == {"value": False}


def test_processes_that_a_scorer_starts_end_with_it():
    [feedback] = run("import subprocess\nreturn str(subprocess.Popen(['sleep', '600']).pid)")
    pid = int(feedback["feedback"]["value"])
    for _ in range(100):
        if not is_running(pid):
            return
        time.sleep(0.1)
    raise AssertionError("it runs on")


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
