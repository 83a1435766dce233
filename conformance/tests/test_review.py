"""Label schemas and review queues: questions for people, and the traces that wait for their answers."""

import mlflow
import pytest

from kit.client import needs
from kit.traces import record, stored

pytestmark = needs(client="3.17", full=True, form="plain", why="mlflow.genai.review_queues")


def labels():
    import mlflow.genai.label_schemas

    return mlflow.genai.label_schemas


def queues():
    import mlflow.genai.review_queues

    return mlflow.genai.review_queues


def by_name(experiment, name: str):
    return labels().get_label_schema(experiment_id=experiment.experiment_id, name=name)


def refused():
    return pytest.raises(mlflow.exceptions.MlflowException)


def test_label_schemas_of_every_kind_come_back_as_they_were_made(experiment):
    made = [
        ("pass or fail", "feedback", labels().InputPassFail(positive_label="Yes", negative_label="No")),
        ("one of some", "expectation", labels().InputCategorical(options=["a", "b"], multi_select=True)),
        ("number", "feedback", labels().InputNumeric(min_value=1, max_value=5)),
        ("text", "expectation", labels().InputText(max_length=99)),
    ]
    for name, kind, answer in made:
        schema = labels().create_label_schema(name, type=kind, input=answer, instruction="how", enable_comment=True)
        again = labels().get_label_schema(schema_id=schema.schema_id)
        assert again == by_name(experiment, name) == schema
        assert (again.type, again.input, again.instruction, again.enable_comment) == (kind, answer, "how", True)
    listed = {schema.name: schema for schema in labels().list_label_schemas()}
    assert set(listed) == {"Feedback", *(name for name, _, _ in made)}
    assert listed["Feedback"].is_default
    with refused() as taken:
        labels().create_label_schema("text", type="feedback", input=labels().InputText())
    assert taken.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_a_label_schema_is_changed_and_deleted(experiment):
    made = labels().create_label_schema("q", type="feedback", input=labels().InputCategorical(options=["a"]))
    labels().update_label_schema(made.schema_id, name="r", input=labels().InputCategorical(options=["b", "c"]))
    changed = by_name(experiment, "r")
    assert (changed.schema_id, changed.input.options) == (made.schema_id, ["b", "c"])
    with refused():
        labels().update_label_schema(made.schema_id, input=labels().InputText())
    labels().delete_label_schema(schema_id=made.schema_id)
    labels().delete_label_schema(schema_id=made.schema_id)
    with refused() as missing:
        by_name(experiment, "r")
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    (default,) = labels().list_label_schemas()
    with refused():
        labels().delete_label_schema(schema_id=default.schema_id)


def test_a_queue_is_worked_through():
    schema = labels().create_label_schema(
        "good", type="feedback", input=labels().InputPassFail(positive_label="Good", negative_label="Bad")
    )
    traces = [stored(record(f"turn {n}")).info.trace_id for n in range(3)]
    queue = queues().create_review_queue(
        "First look", queue_type="custom", users=["Ann", "bob"], schema_ids=[schema.schema_id]
    )
    assert (queue.users, queue.schema_ids) == (["ann", "bob"], [schema.schema_id])
    added = queues().add_items_to_review_queue(queue.queue_id, item_ids=traces)
    assert [item.item_id for item in added] == traces
    assert {item.status for item in added} == {"pending"}

    mlflow.log_feedback(trace_id=traces[0], name="good", value=True)
    done = queues().set_review_queue_item_status(
        queue.queue_id, item_id=traces[0], status="complete", completed_by="ann"
    )
    assert (done.status, done.completed_by) == ("complete", "ann")
    queues().set_review_queue_item_status(queue.queue_id, item_id=traces[1], status="declined", completed_by="bob")
    waiting = queues().list_review_queue_items(queue.queue_id, status="pending")
    assert [item.item_id for item in waiting] == [traces[2]]
    queues().set_review_queue_item_status(queue.queue_id, item_id=traces[1], status="pending")
    assert len(queues().list_review_queue_items(queue.queue_id, status="pending")) == 2

    with refused():
        queues().update_review_queue(queue.queue_id, schema_ids=[])
    changed = queues().update_review_queue(queue.queue_id, name="Second look", users=["carol"], new_owner="Dan")
    assert (changed.name, changed.users, changed.created_by) == ("Second look", ["carol"], "Dan")
    queues().remove_items_from_review_queue(queue.queue_id, item_ids=traces[:2])
    assert len(queues().list_review_queue_items(queue.queue_id)) == 1
    queues().delete_review_queue(queue.queue_id)
    queues().delete_review_queue(queue.queue_id)
    with refused() as missing:
        queues().get_review_queue(queue.queue_id)
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_users_queue_is_made_once():
    mine = queues().get_or_create_user_queue("Alice")
    assert (mine.name, mine.users, mine.queue_type) == ("alice", ["alice"], "user")
    assert queues().get_or_create_user_queue("alice").queue_id == mine.queue_id
    assert queues().get_review_queue(name="ALICE").queue_id == mine.queue_id
    queues().create_review_queue("other", queue_type="custom", users=["bob"])
    assert [queue.name for queue in queues().list_review_queues(user="alice")] == ["alice"]
    assert {queue.name for queue in queues().list_review_queues()} == {"alice", "other"}


def test_a_queue_takes_traces_of_its_experiment_alone(experiment, new_name):
    mlflow.set_experiment(new_name())
    foreign = stored(record("elsewhere")).info.trace_id
    queue = queues().create_review_queue("q", queue_type="custom", experiment_id=experiment.experiment_id)
    for unknown in (foreign, "tr-none"):
        with refused() as missing:
            queues().add_items_to_review_queue(queue.queue_id, item_ids=[unknown])
        assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
