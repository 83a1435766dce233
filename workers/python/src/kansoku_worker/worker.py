"""Leases jobs, runs them, and answers."""

import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import requests

from kansoku_worker import sandbox
from kansoku_worker.client import Client, InvalidAnswer, Job, LeaseEnded
from kansoku_worker.feedback import failure
from kansoku_worker.sandbox import Limits

WAIT_S = 10
# When a busy worker looks again for jobs of scorers that it does not run.
LOOK_AGAIN_S = 0.5
# A lease is longer than a run by this, for reading the trace and answering.
LEASE_MARGIN_S = 120
# How long running scorers may still take when the worker stops; afterwards their jobs are given back.
STOP_S = 10
PAUSE_S_MAX = 30

_log = logging.getLogger("kansoku_worker")

Run = Callable[[str, str, list[bytes], Limits], list[dict]]


class _Stopped(Exception):
    pass


class Worker:
    def __init__(self, client: Client, limits: Limits, parallel: int, run: Run = sandbox.run):
        self._client = client
        self._limits = limits
        self._parallel = parallel
        self._run = run
        self._running: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._is_stopping = False
        self._is_waiting = False

    def run(self) -> None:
        """Runs jobs until the worker is stopped, or the server refuses it."""
        _log.info("waiting for jobs, %d at once", self._parallel)
        pause = 1.0
        try:
            while not self._is_stopping:
                try:
                    self._start_next()
                    pause = 1.0
                except requests.RequestException as error:
                    _log.warning("the server cannot be reached, trying again: %s", error)
                    self._wait(lambda: self._is_stopping, pause * random.uniform(0.5, 1))
                    pause = min(pause * 2, PAUSE_S_MAX)
        except _Stopped:
            pass
        self._finish()

    def stop(self, *_: object) -> None:
        """Ends `run`; a handler of signals in its thread."""
        self._is_stopping = True
        if self._is_waiting:
            raise _Stopped

    def _start_next(self) -> None:
        self._wait(lambda: self._is_stopping or len(self._running) < self._parallel, None)
        if self._is_stopping:
            return
        busy = self._busy_scorers()
        job = self._lease(0 if busy else WAIT_S, busy)
        if job is None:
            if busy:
                count = len(self._running)
                self._wait(lambda: self._is_stopping or len(self._running) < count, LOOK_AGAIN_S)
            return
        with self._changed:
            self._running[job.id] = job
        threading.Thread(target=self._do, args=(job,), daemon=True).start()

    def _lease(self, wait_s: int, busy: list[str]) -> Job | None:
        self._is_waiting = True
        try:
            return self._client.lease(wait_s, self._limits.seconds + LEASE_MARGIN_S, busy)
        finally:
            self._is_waiting = False

    def _busy_scorers(self) -> list[str]:
        """Scorers that run in all slots but one, which is left for the others: they may hang."""
        if self._parallel == 1:
            return []
        with self._changed:
            counts = Counter(job.scorer_id for job in self._running.values())
        return [scorer for scorer, count in counts.items() if self._parallel - 1 <= count]

    def _do(self, job: Job) -> None:
        try:
            self._score(job)
        except LeaseEnded as ended:
            _log.info("dropped a job of `%s`: %s", job.scorer_name, ended)
        except Exception as error:
            # Its lease ends, and it is run again.
            _log.warning("a job of `%s` failed: %s", job.scorer_name, error)
        finally:
            with self._changed:
                self._running.pop(job.id, None)
                self._changed.notify_all()

    def _score(self, job: Job) -> None:
        limits = replace(self._limits, seconds=_seconds(job.serialized_scorer, self._limits.seconds))
        try:
            feedback = self._run(job.scorer_name, job.serialized_scorer, self._client.traces(job), limits)
            self._client.answer(job, feedback)
        except InvalidAnswer as error:
            self._client.answer(job, [failure(job.scorer_name, f"the server refused its feedback: {error}")])

    def _finish(self) -> None:
        """Waits for running jobs for a while, and gives back those that are left."""
        _log.info("stopping, %d jobs are running", len(self._running))
        self._wait(lambda: not self._running, STOP_S)
        with self._changed:
            left = list(self._running.values())
        for job in left:
            try:
                self._client.give_back(job)
            except Exception as error:
                _log.warning("a job could not be given back: %s", error)

    def _wait(self, is_over: Callable[[], bool], seconds: float | None) -> None:
        """Waits until `is_over`. Wakes now and then, because a signal may have come."""
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while not is_over():
                left = LOOK_AGAIN_S if deadline is None else min(LOOK_AGAIN_S, deadline - time.monotonic())
                if left <= 0:
                    return
                self._changed.wait(left)


def _seconds(serialized: str, most: int) -> int:
    """The time limit of a scorer: its own, if it has one that is shorter."""
    try:
        own = json.loads(serialized).get("timeout")
    except (ValueError, AttributeError, RecursionError):
        return most
    return max(1, min(most, int(own))) if isinstance(own, (int, float)) and 0 < own < most else most
