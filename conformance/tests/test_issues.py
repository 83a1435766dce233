"""Issues: found in traces, given a status, linked to the traces that show them."""

import mlflow
import pytest

from kit.client import needs
from kit.traces import found_ids, record, stored

pytestmark = needs(client="3.17", full=True, form="plain", why="issues")


@pytest.fixture
def store(experiment):
    return mlflow.MlflowClient()._tracking_client.store


def test_an_issue_is_made_updated_and_found(experiment, store):
    from mlflow.entities.issue import IssueSeverity, IssueStatus

    run_id = "0" * 32
    low = store.create_issue(experiment.experiment_id, "slow", "takes long", severity=IssueSeverity.LOW,
                             root_causes=["tool", "é"], categories=["latency"], created_by="me")
    high = store.create_issue(experiment.experiment_id, "wrong", "invents facts", severity=IssueSeverity.HIGH)
    assert store.get_issue(low.issue_id).to_dictionary() == low.to_dictionary()
    assert (low.root_causes, low.categories, low.created_by) == (["tool", "é"], ["latency"], "me")

    def names(filter_string=None, **options):
        found = store.search_issues(experiment.experiment_id, filter_string=filter_string, **options)
        return [issue.name for issue in found]

    assert names() == ["wrong", "slow"]
    updated = store.update_issue(high.issue_id, status=IssueStatus.RESOLVED, name="wrong facts")
    assert (updated.status, updated.name, updated.severity) == (IssueStatus.RESOLVED, "wrong facts", IssueSeverity.HIGH)
    assert names("status = 'resolved'") == ["wrong facts"]
    assert names("status != 'resolved'") == ["slow"]
    assert names(f"source_run_id = '{run_id}'") == []
    first = store.search_issues(experiment.experiment_id, max_results=1)
    second = store.search_issues(experiment.experiment_id, max_results=1, page_token=first.token)
    assert [issue.name for issue in [*first, *second]] == ["wrong facts", "slow"]
    with pytest.raises(mlflow.MlflowException, match="not found"):
        store.get_issue("iss-nope")


def test_traces_are_linked_to_an_issue_and_found_by_it(experiment, store):
    issue = store.create_issue(experiment.experiment_id, "slow", "takes long")
    shows, other = record("shows"), record("other")
    stored(shows), stored(other)
    mlflow.log_issue(trace_id=shows, issue_id=issue.issue_id, issue_name=issue.name)
    assert found_ids(f"issue.id = '{issue.issue_id}'") == {shows}
    counted = store.search_issues(experiment.experiment_id, include_trace_count=True)
    assert [(one.name, one.trace_count) for one in counted] == [("slow", 1)]
