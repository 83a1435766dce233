"""Prompts: registered, versioned, loaded, linked to what used them, and found."""

import json
import uuid
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException

from kit.client import at_least, needs
from kit.poll import eventually
from kit.traces import flush, found_ids, stored

# In databricks form the client looks for prompts in Unity Catalog.
pytestmark = needs(full=True, form="plain", why="prompts")

IS_PROMPT = "tags.`mlflow.prompt.is_prompt` = 'true'"

# The requests by which the screens save a prompt; a test of the screens compares them with this file.
SAVED = (Path(__file__).parents[1] / "fixtures" / "saved_prompts.json").read_text(encoding="utf-8")


@pytest.fixture
def name() -> str:
    return f"prompt-{uuid.uuid4().hex[:8]}"


def load(name: str, version: int | str, **options):
    return mlflow.genai.load_prompt(f"prompts:/{name}/{version}", **options)


def test_a_prompt_gets_numbered_versions(name):
    first = mlflow.genai.register_prompt(name=name, template="Answer {{q}}", commit_message="first", tags={"a": "b"})
    second = mlflow.genai.register_prompt(name=name, template="Answer {{q}} in {{words}} words")
    assert (first.version, second.version) == (1, 2)
    loaded = load(name, 1)
    assert loaded.template == "Answer {{q}}"
    assert loaded.commit_message == "first"
    assert loaded.tags["a"] == "b"
    assert loaded.variables == {"q"}
    assert load(name, 2).format(q="this", words="3") == "Answer this in 3 words"


def test_a_template_of_a_hundred_thousand_characters_is_kept_and_a_longer_one_refused(name):
    template = "日" * 99_990 + "{{q}}"
    mlflow.genai.register_prompt(name=name, template=template)
    assert load(name, 1).template == template
    with pytest.raises(MlflowException):
        mlflow.genai.register_prompt(name=name, template="x" * 100_001)
    other = f"{name}-other"
    with pytest.raises(MlflowException):
        mlflow.genai.register_prompt(name=other, template="x" * 100_001)
    assert load(other, 1, allow_missing=True) is None, "a prompt without versions is not left behind"


@needs(client="3.6", why="chat templates and response formats")
def test_a_chat_prompt_has_roles_and_a_response_format(name):
    template = [{"role": "system", "content": "Be {{style}}."}, {"role": "user", "content": "{{question}}"}]
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    mlflow.genai.register_prompt(name=name, template=template, response_format=schema)
    loaded = load(name, 1)
    assert loaded.template == template
    assert loaded.response_format == schema
    assert loaded.format(style="brief", question="why?")[1]["content"] == "why?"


@needs(client="3.17", why="model configurations")
def test_a_version_has_a_model_configuration_that_can_change(name):
    config = {"model_name": "gpt-4o-mini", "temperature": 0.2}
    mlflow.genai.register_prompt(name=name, template="x", model_config=config)
    assert load(name, 1).model_config["temperature"] == 0.2
    mlflow.genai.set_prompt_model_config(name=name, version=1, model_config={"model_name": "other", "max_tokens": 9})
    assert load(name, 1, cache_ttl_seconds=0).model_config["max_tokens"] == 9
    mlflow.genai.delete_prompt_model_config(name=name, version=1)
    assert load(name, 1, cache_ttl_seconds=0).model_config is None


def test_an_alias_points_to_a_version_until_it_is_deleted(name):
    for text in ("one", "two"):
        mlflow.genai.register_prompt(name=name, template=text)
    mlflow.genai.set_prompt_alias(name, alias="production", version=1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@production").template == "one"
    mlflow.genai.set_prompt_alias(name, alias="production", version=2)
    client = mlflow.MlflowClient()
    assert client.load_prompt(f"prompts:/{name}@production").template == "two"
    mlflow.genai.delete_prompt_alias(name, alias="production")
    with pytest.raises(MlflowException, match="not found"):
        client.load_prompt(f"prompts:/{name}@production")
    if at_least("3.6"):
        assert client.load_prompt(f"prompts:/{name}@production", allow_missing=True) is None
        assert client.get_prompt_version_by_alias(name, "latest").version == 2
    for reserved in ("latest", "v3"):
        with pytest.raises(MlflowException, match="reserved"):
            mlflow.genai.set_prompt_alias(name, alias=reserved, version=1)


def test_what_is_missing_is_none_or_an_error(name):
    assert load(name, 1, allow_missing=True) is None
    with pytest.raises(MlflowException):
        load(name, 1)
    mlflow.genai.register_prompt(name=name, template="x")
    assert load(name, 9, allow_missing=True) is None
    with pytest.raises(MlflowException, match="not found"):
        load(name, 9)


def test_prompts_are_searched_page_by_page(name):
    for n in range(5):
        mlflow.genai.register_prompt(name=f"{name}-{n}", template="x", tags={"set": name})
    all_of = f"name LIKE '{name}-%'"
    assert [p.name for p in mlflow.genai.search_prompts(filter_string=all_of)] == [f"{name}-{n}" for n in range(5)]
    tagged = mlflow.genai.search_prompts(filter_string=f"tags.set = '{name}' AND name != '{name}-0'")
    assert {p.name for p in tagged} == {f"{name}-{n}" for n in range(1, 5)}
    assert len(mlflow.genai.search_prompts(filter_string=all_of, max_results=3)) == 3
    pages, token = [], None
    client = mlflow.MlflowClient()
    while True:
        page = client.search_prompts(filter_string=all_of, max_results=2, page_token=token)
        pages.append([p.name for p in page])
        token = page.token
        if not token:
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    models = client.search_registered_models(filter_string=all_of)
    assert [m.name for m in models] == [], "prompts are no models"


@needs(client="3.17", why="the filter experiment_id of prompts")
def test_a_prompt_is_found_by_the_experiment_that_registered_it(name, experiment):
    mlflow.genai.register_prompt(name=name, template="x")
    mine = f"experiment_id = '{experiment.experiment_id}'"
    assert eventually(lambda: [p.name for p in mlflow.genai.search_prompts(filter_string=mine)]) == [name]


@needs(client="3.6", why="tags of prompts and versions")
def test_tags_of_prompts_and_of_versions_change(name):
    mlflow.genai.register_prompt(name=name, template="x")
    mlflow.genai.set_prompt_tag(name, "team", "search")
    assert mlflow.genai.get_prompt_tags(name)["team"] == "search"
    mlflow.genai.delete_prompt_tag(name, "team")
    assert "team" not in mlflow.genai.get_prompt_tags(name)
    mlflow.genai.set_prompt_version_tag(name, 1, "reviewed", "yes")
    client = mlflow.MlflowClient()
    assert client.get_prompt_version(name, 1).tags["reviewed"] == "yes"
    mlflow.genai.delete_prompt_version_tag(name, 1, "reviewed")
    assert "reviewed" not in client.get_prompt_version(name, 1).tags


@needs(client="3.6", why="deleting versions and prompts")
def test_versions_and_prompts_are_deleted(name):
    for n in range(3):
        mlflow.genai.register_prompt(name=name, template=f"t{n}")
    client = mlflow.MlflowClient()
    client.delete_prompt_version(name, "3")
    if at_least("3.17"):
        assert [v.version for v in client.search_prompt_versions(name)] == [2, 1]
    assert mlflow.genai.register_prompt(name=name, template="again").version == 4
    client.delete_prompt(name)
    assert client.get_prompt(name) is None
    assert mlflow.genai.register_prompt(name=name, template="anew").version == 1


@needs(client="3.6", why="linking by loading")
def test_a_trace_is_found_by_the_prompt_it_loaded(name):
    mlflow.genai.register_prompt(name=name, template="Answer {{q}}")

    @mlflow.trace
    def answer():
        return load(name, 1).format(q="x")

    answer()
    flush()
    trace_id = mlflow.get_last_active_trace_id()
    linked = json.loads(stored(trace_id).info.tags["mlflow.linkedPrompts"])
    assert linked == [{"name": name, "version": "1"}]
    # Clients before 3.17 write the tag alone, which MLflow's server does not search by `prompt`.
    if at_least("3.17"):
        assert eventually(lambda: found_ids(f"prompt = '{name}/1'")) == {trace_id}
        assert found_ids(f"prompt = '{name}/2'") == set()


@needs(client="3.6", why="chat templates and response formats")
def test_a_prompt_saved_by_the_screens_is_loaded_by_the_client(server, name, experiment):
    text, chat = json.loads(SAVED.replace("NAME", name).replace("EXPERIMENT", experiment.experiment_id))

    def post(route: str, body: dict) -> dict:
        response = requests.post(f"{server.url}/ajax-api/2.0/mlflow/{route}", json=body, timeout=30)
        response.raise_for_status()
        return response.json()

    post("registered-models/create", text["register"])
    numbers = [post("model-versions/create", saved["version"])["model_version"]["version"] for saved in (text, chat)]
    assert numbers == ["1", "2"]

    first = load(name, 1)
    assert first.template == "Answer {{ question }} in {{words}} words.\n日本 🙂"
    assert first.variables == {"question", "words"}
    assert first.format(question="this", words="3") == "Answer this in 3 words.\n日本 🙂"
    assert first.commit_message == "Answers in few words"
    assert first.tags["team"] == "search"
    second = load(name, 2)
    assert second.template == [
        {"role": "system", "content": "Be {{style}}."},
        {"role": "user", "content": "{{question}}"},
    ]
    assert second.format(style="brief", question="why?")[0] == {"role": "system", "content": "Be brief."}
    assert second.response_format == {"type": "object", "properties": {"answer": {"type": "string"}}}
    assert "mlflow.prompt.text" not in second.tags
    if at_least("3.17"):
        assert second.model_config == {"model_name": "gpt-4o-mini", "temperature": 0.2}
        mine = f"experiment_id = '{experiment.experiment_id}'"
        assert [p.name for p in mlflow.genai.search_prompts(filter_string=mine)] == [name]


@needs(client="3.6", why="the parameters of format")
def test_variables_follow_the_rule_that_the_screens_apply(name):
    """Names are ASCII identifiers with dots; a value may contain a later variable; the client's own parameters cannot be filled in."""
    template = "{{a}} {{ a }} {{\u3000b.c\n}} {{1a}} {{a b}} {{größe}} {a} {{bxc}}"
    mlflow.genai.register_prompt(name=name, template=template)
    prompt = load(name, 1)
    assert prompt.variables == {"a", "b.c", "bxc"}
    values = {"a": "<{{b.c}}>", "b.c": "\\1 $&", "bxc": "2"}
    assert prompt.format(**values) == "<\\1 $&> <\\1 $&> \\1 $& {{1a}} {{a b}} {{größe}} {a} \\1 $&"
    chat = [{"role": "user", "content": "{{\na}} {{ b }}"}]
    mlflow.genai.register_prompt(name=name, template=chat)
    assert load(name, 2).variables == {"b"}
    for reserved in ("prompt", "self", *(["use_jinja_sandbox"] if at_least("3.17") else [])):
        other = f"{name}-{reserved}"
        mlflow.genai.register_prompt(name=other, template=f"{{{{{reserved}}}}}")
        with pytest.raises((TypeError, MlflowException)):
            load(other, 1).format(**{reserved: "x"})
    mlflow.genai.register_prompt(name=f"{name}-partial", template="{{allow_partial}}")
    unfilled = load(f"{name}-partial", 1).format(allow_partial="x")
    assert unfilled.template == "{{allow_partial}}"


@needs(client="3.6", why="linking versions to runs by a tag")
def test_a_run_names_the_prompts_it_loaded(name):
    mlflow.genai.register_prompt(name=name, template="x")
    with mlflow.start_run() as run:
        load(name, 1)
    linked = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"])
    assert linked == [{"name": name, "version": "1"}]


def test_a_model_that_is_no_prompt_is_refused_with_a_sentence(name):
    """MLflow's own server takes it: this one keeps no models."""
    with pytest.raises(MlflowException, match="keeps prompts and no other models"):
        mlflow.MlflowClient().create_registered_model(name)
