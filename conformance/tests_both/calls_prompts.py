"""Prompts, which are registered models with a tag: versions, tags, aliases, searches."""

from call import Call

MODELS = "2.0/mlflow/registered-models"
VERSIONS = "2.0/mlflow/model-versions"
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
NAME = "alike qa"


def version(text: str) -> dict:
    return {"name": NAME, "source": "dummy-source", "description": "c",
            "tags": [IS_PROMPT, {"key": "_mlflow_prompt_type", "value": "text"}, {"key": "mlflow.prompt.text", "value": text}]}


CALLS = [
    Call("GET", MODELS + "/get", {"name": NAME}, status=404, wrong=False),
    Call("POST", MODELS + "/create", {"name": NAME, "tags": [IS_PROMPT, {"key": "a", "value": "b"}], "description": "c"}, wrong=False),
    Call("POST", MODELS + "/create", {"name": NAME, "tags": [IS_PROMPT]}, status=400, wrong=False),
    Call("POST", VERSIONS + "/create", version("Answer {{q}}"), wrong=False),
    Call("POST", VERSIONS + "/create", version("Answer {{q}} well"), wrong=False),
    Call("POST", VERSIONS + "/create", version("") | {"name": "alike nobody"}, status=404, wrong=False),
    Call("GET", MODELS + "/get", {"name": NAME}, wrong=False),
    Call("GET", VERSIONS + "/get", {"name": NAME, "version": "1"}),
    Call("GET", VERSIONS + "/get", {"name": NAME, "version": "9"}, status=404, wrong=False),
    Call("POST", MODELS + "/set-tag", {"name": NAME, "key": "team", "value": "x"}),
    Call("POST", VERSIONS + "/set-tag", {"name": NAME, "version": "1", "key": "k", "value": "v"}),
    Call("POST", MODELS + "/alias", {"name": NAME, "alias": "prod", "version": "1"}),
    Call("GET", MODELS + "/alias", {"name": NAME, "alias": "prod"}),
    Call("GET", MODELS + "/alias", {"name": NAME, "alias": "none"}, status=400, wrong=False),
    Call("GET", MODELS + "/get", {"name": NAME}, wrong=False),
    Call("GET", MODELS + "/search", {"filter": f"name = '{NAME}' AND tags.`mlflow.prompt.is_prompt` = 'true'", "max_results": 5}, wrong=False),
    Call("GET", VERSIONS + "/search", {"filter": f"name = '{NAME}'", "max_results": 5}, wrong=False),
    Call("DELETE", MODELS + "/alias", {"name": NAME, "alias": "prod"}),
    Call("DELETE", VERSIONS + "/delete-tag", {"name": NAME, "version": "1", "key": "k"}),
    Call("DELETE", MODELS + "/delete-tag", {"name": NAME, "key": "team"}),
    Call("PATCH", VERSIONS + "/update", {"name": NAME, "version": "1", "description": "d"}),
    Call("PATCH", MODELS + "/update", {"name": NAME, "description": "d"}),
    Call("DELETE", VERSIONS + "/delete", {"name": NAME, "version": "1"}, wrong=False),
    Call("GET", VERSIONS + "/get", {"name": NAME, "version": "1"}, status=404, wrong=False),
    Call("POST", MODELS + "/rename", {"name": NAME, "new_name": NAME + " 2"}, wrong=False),
    Call("GET", MODELS + "/get", {"name": NAME + " 2"}, wrong=False),
    Call("DELETE", MODELS + "/delete", {"name": NAME + " 2"}, wrong=False),
    Call("GET", MODELS + "/get", {"name": NAME + " 2"}, status=404, wrong=False),
]
