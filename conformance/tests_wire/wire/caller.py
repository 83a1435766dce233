"""Sends HTTP requests to a server and checks responses as MLflow's clients do."""

import uuid

import httpx

TIMEOUT_S = 60


class Caller:
    """An HTTP client with the server's address and, if it has one, its token."""

    def __init__(self, url: str, token: str | None = None):
        self.url = url
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S)

    def ask(self, method: str, path: str, **request) -> httpx.Response:
        return self.http.request(method, path, **request)

    def ok(self, method: str, path: str, body: dict | None = None, **request):
        """The JSON response of a request that must succeed."""
        answer = self.ask(method, path, json=body, **request) if body is not None else self.ask(
            method, path, **request
        )
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content.strip() else {}

    def experiment(self, prefix: str = "wire") -> str:
        """The id of a new, empty experiment."""
        name = f"{prefix}-{uuid.uuid4().hex[:12]}"
        return self.ok("POST", "/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]

    def append_spans(self, experiment: str, request: bytes, **headers) -> httpx.Response:
        """One `POST /v1/traces` with a protobuf body."""
        return self.ask(
            "POST",
            "/v1/traces",
            content=request,
            headers={
                "content-type": "application/x-protobuf",
                "x-mlflow-experiment-id": experiment,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def search(self, experiment: str, filter: str = "", **fields) -> list[dict]:
        """The trace infos that match a filter, from all pages."""
        body = {"locations": [location(experiment)], "filter": filter, **fields}
        found = []
        while True:
            page = self.ok("POST", "/api/3.0/mlflow/traces/search", body)
            found += page.get("traces", [])
            if not page.get("next_page_token"):
                return found
            body["page_token"] = page["next_page_token"]


def location(experiment: str) -> dict:
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}


def assert_error(answer: httpx.Response, status: int | range, code: str | None = None):
    """Checks an application error: its status, and a body that clients can read."""
    told = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
    statuses = status if isinstance(status, range) else range(status, status + 1)
    assert answer.status_code in statuses, told
    body = answer.json()
    assert isinstance(body.get("error_code"), str) and body["error_code"].isupper(), told
    assert isinstance(body.get("message"), str) and body["message"].strip(), told
    if code:
        assert body["error_code"] == code, told


def assert_otlp_error(answer: httpx.Response, status: int | range):
    """Checks an error of `/v1/traces`, whose body may have OTLP's, FastAPI's or MLflow's form."""
    told = f"{answer.status_code} {answer.text[:300]}"
    statuses = status if isinstance(status, range) else range(status, status + 1)
    assert answer.status_code in statuses, told
    assert answer.content, told
