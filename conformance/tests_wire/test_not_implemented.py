"""Routes of MLflow that are not implemented return 501 in MLflow's form, with a sentence.

On 404 a client would fall back to another route; on 501 it shows the reason to its user.
"""

import pytest
from kit.server import is_reference
from wire.caller import assert_error

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow has these routes")

ROUTES = """
POST   /api/2.0/mlflow/model-versions/transition-stage
GET    /api/3.0/mlflow/workspaces
GET    /api/3.0/mlflow/gateway/endpoints
POST   /api/3.0/mlflow/gateway/endpoints/create
GET    /api/3.0/mlflow/jobs/j-1
POST   /api/3.0/mlflow/scorer/invoke
POST   /api/3.0/mlflow/genai/evaluate/invoke
POST   /api/3.0/mlflow/issues/invoke
GET    /api/3.0/mlflow/prompt-optimization/jobs
POST   /api/3.0/mlflow/prompt-optimization/jobs
GET    /api/3.0/mlflow/prompt-optimization/jobs/j-1
"""

TABLE = [tuple(line.split()) for line in ROUTES.strip().splitlines()]


@pytest.mark.parametrize("prefix", ["/api/", "/ajax-api/"])
@pytest.mark.parametrize(["method", "path"], TABLE, ids=[" ".join(row) for row in TABLE])
def test_a_route_that_is_not_implemented_returns_501(caller, method, path, prefix):
    answer = caller.ask(method, path.replace("/api/", prefix, 1), json={})
    assert_error(answer, 501, "NOT_IMPLEMENTED")
