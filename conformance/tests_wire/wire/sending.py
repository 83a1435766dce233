"""Sends many spans with little work in Python: a request is built once, and sent with new trace ids."""

import random
import secrets
import threading

import httpx

from wire import spans
from wire.caller import Caller

PLACE = bytes(range(100, 116))


class Template:
    """A trace of `count` spans with `text` random characters each, to be sent repeatedly."""

    def __init__(self, count: int, text: int = 1000, seed: int = 1):
        dice = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,"
        self.count = count
        made = [
            spans.span(PLACE.hex(), id=number, parent=1 if number > 1 else None, name=f"step {number}",
                       attributes={"mlflow.spanInputs": "".join(dice.choices(letters, k=text))})
            for number in range(1, count + 1)
        ]
        self.request = spans.protobuf(made, {"service.name": "load"})

    def new(self) -> tuple[str, bytes]:
        """A new trace id in MLflow's form, and the request for it."""
        otel_id = secrets.token_bytes(16)
        return f"tr-{otel_id.hex()}", self.request.replace(PLACE, otel_id)


class Sender(threading.Thread):
    """Sends traces until stopped or the server is gone; keeps the responses."""

    def __init__(self, url: str, experiment: str, template: Template):
        super().__init__(daemon=True)
        self.caller = Caller(url)
        self.experiment = experiment
        self.template = template
        self.stopping = threading.Event()
        self.kept: list[str] = []
        self.answers: dict[int, int] = {}
        self.odd: list[str] = []

    @property
    def spans(self) -> int:
        return len(self.kept) * self.template.count

    def run(self):
        while not self.stopping.is_set():
            trace_id, request = self.template.new()
            try:
                answer = self.caller.append_spans(self.experiment, request)
            except httpx.TransportError as error:
                self.odd.append(repr(error))
                return
            self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
            if answer.status_code == 200:
                self.kept.append(trace_id)
            elif answer.status_code not in (429, 503):
                self.odd.append(f"{answer.status_code} {answer.text[:200]}")
            elif "retry-after" not in answer.headers:
                self.odd.append(f"{answer.status_code} without Retry-After")

    def end(self):
        self.stopping.set()
        self.join(60)
