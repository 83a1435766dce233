"""Webhooks. None is sent: the addresses are never reached."""

from call import Call

WEBHOOKS = "2.0/mlflow/webhooks"
URL = "https://1.1.1.1/hook"
EVENTS = [{"entity": "PROMPT_VERSION", "action": "CREATED"}, {"entity": "PROMPT", "action": "CREATED"}]
LENGTH = "MLflow's server limits lengths by its database, and SQLite has no limits"
DIFFERS = dict.fromkeys(["url", "description", "secret"], LENGTH) | {
    "status": "MLflow's server ignores a status that it does not know, so that a webhook stays active",
}

CALLS = [
    Call("GET", WEBHOOKS, wrong=False),
    Call("POST", WEBHOOKS, {"name": "one", "url": URL, "events": EVENTS[:1], "description": "d", "secret": "s",
                            "status": "DISABLED"}, keep={"one": "webhook.webhook_id"}, wrong=False),
    Call("POST", WEBHOOKS, {"name": "-", "url": URL, "events": EVENTS}, status=400, wrong=False),
    Call("POST", WEBHOOKS, {"name": "two", "url": "http://1.1.1.1", "events": EVENTS}, status=400, wrong=False),
    Call("POST", WEBHOOKS, {"name": "two", "url": "https://10.0.0.1", "events": EVENTS}, status=400, wrong=False),
    Call("POST", WEBHOOKS, {"name": "two", "url": URL, "events": []}, status=400, wrong=False),
    Call("POST", WEBHOOKS, {"name": "two", "url": URL, "events": [{"entity": "PROMPT", "action": "SET"}]}, status=400,
         wrong=False),
    Call("GET", WEBHOOKS + "/{one}", wrong=False),
    Call("GET", WEBHOOKS + "/nobody", status=404, wrong=False),
    Call("PATCH", WEBHOOKS + "/{one}", {"name": "three", "status": "ACTIVE", "description": ""}, wrong=False),
    Call("PATCH", WEBHOOKS + "/{one}", {"events": EVENTS[1:], "secret": ""}, wrong=False),
    Call("PATCH", WEBHOOKS + "/{one}", {"url": "https://127.0.0.1"}, status=400, wrong=False),
    Call("PATCH", WEBHOOKS + "/nobody", {"name": "x"}, status=404, wrong=False),
    Call("GET", WEBHOOKS, {"max_results": 5}, wrong=False),
    Call("POST", WEBHOOKS + "/nobody/test", {}, status=404, wrong=False),
    Call("DELETE", WEBHOOKS + "/{one}", wrong=False),
    Call("DELETE", WEBHOOKS + "/{one}", status=404, wrong=False),
    Call("GET", WEBHOOKS, wrong=False),
    # After the lists, because MLflow's server makes webhooks of some wrong variants.
    Call("POST", WEBHOOKS, {"name": "last", "url": URL, "events": EVENTS[:1], "description": "d", "secret": "s",
                            "status": "DISABLED"}, keep={"last": "webhook.webhook_id"},
         differs=DIFFERS),
    Call("PATCH", WEBHOOKS + "/{last}", {"name": "again", "url": URL, "events": EVENTS, "description": "e", "secret": "t",
                                         "status": "ACTIVE"},
         differs=DIFFERS),
]
