"""The server's routes for workers."""

from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.util.retry import Retry

TIMEOUT_S = 60


class LeaseEnded(Exception):
    """The job is another worker's now, or a trace of it is gone."""


class Refused(Exception):
    """The server does not accept this worker."""


class InvalidAnswer(Exception):
    """The server does not accept the feedback."""


@dataclass(frozen=True)
class Job:
    id: str
    scorer_id: str
    scorer_name: str
    serialized_scorer: str
    # The session that is assessed as a whole.
    session_id: str | None
    # The trace, or the latest ones of the session, oldest first.
    trace_ids: list[str]


class Client:
    def __init__(self, url: str, token: str | None):
        self._base = f"{url.rstrip('/')}/api/3.0/kansoku/worker/jobs"
        self._session = requests.Session()
        # The environment is cleaned later, and is not read for each request.
        self._session.proxies = get_environ_proxies(self._base)
        self._session.trust_env = False
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        # All requests may be repeated: an answer is stored once, and an unused lease ends.
        again = Retry(total=5, backoff_factor=0.5, allowed_methods=None, raise_on_status=False,
                      status_forcelist=(429, 502, 503, 504))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again, pool_maxsize=64))

    def lease(self, wait_s: int, lease_s: int, except_scorers: list[str]) -> Job | None:
        body = {"wait_s": wait_s, "lease_s": lease_s, "except_scorers": except_scorers}
        job = self._send("POST", "lease", body).json()["job"]
        if job is None:
            return None
        return Job(job["job_id"], job["scorer_id"], job["scorer_name"], job["serialized_scorer"],
                   job["session_id"], job["trace_ids"])

    def traces(self, job: Job) -> list[bytes]:
        return [self._send("GET", f"{job.id}/traces/{trace}").content for trace in job.trace_ids]

    def answer(self, job: Job, feedback: list[dict]) -> None:
        self._send("POST", f"{job.id}/feedback", {"feedback": feedback})

    def give_back(self, job: Job) -> None:
        self._send("POST", f"{job.id}/give-back", {})

    def _send(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        response = self._session.request(method, f"{self._base}/{path}", json=body,
                                         timeout=TIMEOUT_S, allow_redirects=False)
        if response.status_code in (401, 403):
            raise Refused(_message(response))
        if response.status_code == 404 and path != "lease":
            raise LeaseEnded(_message(response))
        if response.status_code == 400:
            raise InvalidAnswer(_message(response))
        response.raise_for_status()
        return response


def _message(response: requests.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {response.status_code}"
