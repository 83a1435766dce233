"""Runs each scorer in a process of its own, which ends when it exceeds a limit.

A server process imports MLflow once and is forked for each run, so that a run takes milliseconds. It
is started with a clean environment and never sees the worker's memory. What a scorer's process sends
is not trusted: bytes up to a limit, and JSON.
"""

import json
import multiprocessing
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from kansoku_worker import isolation
from kansoku_worker.feedback import failure

ANSWER_BYTES_MAX = 1 << 20

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["kansoku_worker.cli", "kansoku_worker.scoring"])


@dataclass(frozen=True)
class Limits:
    seconds: int
    memory_mib: int


class _Failed(Exception):
    """The scorer gave no answer."""


def run(name: str, serialized: str, traces: list[bytes], limits: Limits) -> list[dict]:
    """The feedback of a scorer on a trace or those of a session; one with an error if it fails or exceeds a limit."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    with receiver, tempfile.TemporaryDirectory(prefix="kansoku-worker-", ignore_cleanup_errors=True) as folder:
        process = _CONTEXT.Process(target=_run_in_process, daemon=True,
                                   args=(sender, folder, limits, serialized, traces))
        process.start()
        sender.close()
        try:
            return _read_feedback(_read_answer(receiver, process, limits.seconds))
        except _Failed as error:
            return [failure(name, str(error))]
        finally:
            _kill(process)


def _run_in_process(sender: Connection, folder: str, limits: Limits, serialized: str, traces: list[bytes]) -> None:
    isolation.limit_process(sender.fileno(), folder, limits.seconds, limits.memory_mib)
    # The forked server has it already.
    from kansoku_worker.scoring import score

    answer = json.dumps({"feedback": score(serialized, traces)}).encode()
    while answer:
        answer = answer[os.write(sender.fileno(), answer):]
    sender.close()


def _read_answer(receiver: Connection, process: BaseProcess, seconds: int) -> bytes:
    deadline = time.monotonic() + seconds
    answer = b""
    while True:
        left = deadline - time.monotonic()
        ready = wait([receiver, process.sentinel], max(left, 0))
        if receiver in ready:
            received = os.read(receiver.fileno(), 1 << 16)
            if not received:
                break
            answer += received
            if ANSWER_BYTES_MAX < len(answer):
                raise _Failed(f"its feedback has more than {ANSWER_BYTES_MAX >> 10} KiB")
        elif ready:
            break
        if left <= 0:
            raise _Failed(f"it did not end within {seconds} s")
    if not answer:
        process.join(1)
        raise _Failed(f"its process ended without an answer ({_describe(process.exitcode)})")
    return answer


def _read_feedback(answer: bytes) -> list[dict]:
    try:
        feedback = json.loads(answer)["feedback"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _Failed("its answer cannot be read") from None
    if not isinstance(feedback, list) or not all(isinstance(one, dict) for one in feedback):
        raise _Failed("its answer is no feedback")
    return feedback


def _describe(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"


def _kill(process: BaseProcess) -> None:
    """Ends a process with all that it started, except what left its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        process.kill()
    process.join(5)
