"""Webhooks: created by MLflow's client, and received by an HTTP server that checks their signatures."""

import json
import urllib.request
import uuid

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from kit.client import needs
from kit.poll import eventually
from kit.receiver import SECRET, Receiver, assert_signed
from kit.server import is_reference

pytestmark = needs(client="3.6", full=True, form="plain", why="webhooks of prompts")

OPEN = ("--webhook-allow-private", "--webhook-allow-http")
RELAXED = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}


@pytest.fixture
def receiver():
    with Receiver() as started:
        yield started


@pytest.fixture
def hooked(start_server):
    """A server that may send to this machine."""
    return start_server(env=RELAXED) if is_reference() else start_server(args=OPEN)


@pytest.fixture
def client(hooked):
    return mlflow.MlflowClient(tracking_uri=hooked.url, registry_uri=hooked.url)


def own(hooked, path: str):
    with urllib.request.urlopen(f"{hooked.url}/api/3.0/kansoku/webhooks{path}", timeout=10) as answer:
        return json.load(answer)


def test_a_webhook_is_created_changed_listed_and_deleted(client, receiver):
    made = client.create_webhook("prompts", receiver.url, ["prompt.created", "prompt_version.created"],
                                 description="all prompts", secret=SECRET)
    assert {str(event) for event in made.events} == {"prompt.created", "prompt_version.created"}
    assert (made.name, made.url, made.description, str(made.status)) == ("prompts", receiver.url, "all prompts", "ACTIVE")
    assert made.secret is None, "the secret is not returned"
    again = client.get_webhook(made.webhook_id)
    assert (again.name, again.creation_timestamp) == ("prompts", made.creation_timestamp)
    other = client.create_webhook("tags", receiver.url, ["prompt_tag.set"])
    assert {hook.webhook_id for hook in client.list_webhooks()} == {made.webhook_id, other.webhook_id}
    page = client.list_webhooks(max_results=1)
    rest = client.list_webhooks(max_results=1, page_token=page.token)
    assert {hook.webhook_id for hook in [*page, *rest]} == {made.webhook_id, other.webhook_id}
    changed = client.update_webhook(made.webhook_id, name="aliases", events=["prompt_alias.created"], status="DISABLED")
    assert (changed.name, str(changed.status), changed.url) == ("aliases", "DISABLED", receiver.url)
    assert [str(event) for event in client.get_webhook(made.webhook_id).events] == ["prompt_alias.created"]
    client.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException) as missing:
        client.get_webhook(made.webhook_id)
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert [hook.webhook_id for hook in client.list_webhooks()] == [other.webhook_id]


def test_a_test_delivery_is_signed_and_its_response_returned(client, receiver):
    hook = client.create_webhook("test", receiver.url, ["prompt_version.created", "prompt.created"], secret=SECRET)
    result = client.test_webhook(hook.webhook_id, "prompt_version.created")
    assert (result.success, result.response_status, result.response_body) == (True, 200, "seen")
    ((headers, body),) = receiver.received
    assert_signed(headers, body)
    sent = json.loads(body)
    assert (sent["entity"], sent["action"]) == ("prompt_version", "created")
    assert set(sent["data"]) == {"name", "version", "template", "tags", "description"}
    receiver.answers = [404]
    failed = client.test_webhook(hook.webhook_id)
    assert (failed.success, failed.response_status) == (False, 404)


def test_a_new_prompt_version_is_received_with_its_signature(client, receiver):
    client.create_webhook("prompts", receiver.url, ["prompt.created", "prompt_version.created", "prompt_alias.created"],
                          secret=SECRET)
    name = f"prompt-{uuid.uuid4().hex[:8]}"
    client.register_prompt(name, "Answer {{q}}", commit_message="first", tags={"team": "shop"})
    client.set_prompt_alias(name, "live", 1)
    received = receiver.wait(3)
    for headers, body in received:
        assert_signed(headers, body)
    by_entity = {json.loads(body)["entity"]: json.loads(body)["data"] for _, body in received}
    version = by_entity["prompt_version"]
    assert (version["name"], version["version"], version["template"]) == (name, "1", "Answer {{q}}")
    assert version["description"] == "first"
    assert version["tags"]["team"] == "shop"
    assert "mlflow.prompt.is_prompt" not in version["tags"]
    assert by_entity["prompt"]["name"] == name
    assert by_entity["prompt_alias"] == {"name": name, "alias": "live", "version": "1"}


def test_a_receiver_that_is_down_for_a_while_gets_its_event_once(client, receiver, hooked):
    hook = client.create_webhook("prompts", receiver.url, ["prompt.created"], secret=SECRET)
    receiver.answers = [503, 500]
    client.register_prompt(f"prompt-{uuid.uuid4().hex[:8]}", "Answer {{q}}")
    received = receiver.wait(3)
    assert len({headers["x-mlflow-delivery-id"] for headers, _ in received}) == 1
    assert len({body for _, body in received}) == 1
    if is_reference():
        return
    (delivery,) = eventually(lambda: [it for it in own(hooked, f"/{hook.webhook_id}/deliveries")["deliveries"]
                                      if it["state"] == "succeeded"])
    assert (delivery["event"], delivery["attempts"], delivery["status_code"]) == ("prompt.created", 3, 200)
    assert delivery["delivery_id"] == received[0][0]["x-mlflow-delivery-id"]


@pytest.mark.skipif(is_reference(), reason="MLflow's server keeps what waits in memory")
def test_an_event_outlives_a_server_that_is_killed(client, receiver, hooked):
    hook = client.create_webhook("prompts", receiver.url, ["prompt.created"], secret=SECRET)
    receiver.answers = [503]
    client.register_prompt(f"prompt-{uuid.uuid4().hex[:8]}", "Answer {{q}}")
    path = f"/{hook.webhook_id}/deliveries"
    assert eventually(lambda: own(hooked, path)["deliveries"][0]["status_code"] == 503)
    hooked.kill()
    hooked.start()
    (first, again) = receiver.wait(2)
    assert first[0]["x-mlflow-delivery-id"] == again[0]["x-mlflow-delivery-id"]
    assert first[1] == again[1]


@pytest.mark.skipif(is_reference(), reason="MLflow has no events of traces")
def test_traces_that_end_and_assessments_are_received(hooked, client, receiver, monkeypatch):
    events = [{"entity": "TRACE", "action": "COMPLETED"}, {"entity": "TRACE", "action": "FAILED"},
              {"entity": "ASSESSMENT", "action": "CREATED"}]
    body = json.dumps({"name": "traces", "url": receiver.url, "events": events, "secret": SECRET}).encode()
    request = urllib.request.Request(f"{hooked.url}/api/2.0/mlflow/webhooks", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()
    assert list(client.list_webhooks()) == [], "a client of MLflow cannot read these events"
    (listed,) = own(hooked, "")["webhooks"]
    assert listed["events"] == ["trace.completed", "trace.failed", "assessment.created"]

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(hooked.url)
    try:
        mlflow.set_experiment("traced")
        with mlflow.start_span("good") as good:
            good.set_inputs({"q": "?"})
        with pytest.raises(ValueError), mlflow.start_span("bad") as bad:
            raise ValueError("no")
        mlflow.flush_trace_async_logging()
        mlflow.log_feedback(trace_id=good.trace_id, name="helpful", value=True)
    finally:
        mlflow.set_tracking_uri(before)
    received = receiver.wait(3)
    for headers, body in received:
        assert_signed(headers, body)
    sent = {(it["entity"], it["action"]): it["data"] for it in (json.loads(body) for _, body in received)}
    assert sent["trace", "completed"]["trace_id"] == good.trace_id
    assert sent["trace", "completed"]["state"] == "OK"
    assert sent["trace", "failed"]["trace_id"] == bad.trace_id
    assert sent["trace", "failed"]["state"] == "ERROR"
    assert sent["assessment", "created"]["assessment_name"] == "helpful"
    assert len(received) == 3, received


@pytest.mark.skipif(is_reference(), reason="MLflow's server resolves names by the machine's resolver")
@pytest.mark.parametrize("url", ["http://1.1.1.1/hook", "https://127.0.0.1/hook", "https://[::1]/hook",
                                 "https://169.254.169.254/latest", "https://localhost/hook", "https://user:x@1.1.1.1/"])
def test_a_url_that_is_not_public_is_refused(start_server, url):
    strict = start_server()
    client = mlflow.MlflowClient(tracking_uri=strict.url, registry_uri=strict.url)
    with pytest.raises(MlflowException) as refused:
        client.create_webhook("hook", url, ["prompt.created"])
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
