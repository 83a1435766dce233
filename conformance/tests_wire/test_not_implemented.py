"""Routes of MLflow that are not implemented return 501 in MLflow's form, with a sentence.

On 404 a client would fall back to another route; on 501 it shows the reason to its user.
"""

import pytest
from kit.server import is_reference
from wire.caller import assert_error

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow has these routes")

ROUTES = """
POST   /api/2.0/mlflow/logged-models
GET    /api/2.0/mlflow/logged-models/m-1
PATCH  /api/2.0/mlflow/logged-models/m-1
DELETE /api/2.0/mlflow/logged-models/m-1
POST   /api/2.0/mlflow/logged-models/m-1/params
PATCH  /api/2.0/mlflow/logged-models/m-1/tags
POST   /api/2.0/mlflow/registered-models/create
GET    /api/2.0/mlflow/registered-models/get
GET    /api/2.0/mlflow/registered-models/search
POST   /api/2.0/mlflow/registered-models/set-tag
GET    /api/2.0/mlflow/registered-models/alias
POST   /api/2.0/mlflow/registered-models/alias
POST   /api/2.0/mlflow/model-versions/create
GET    /api/2.0/mlflow/model-versions/get
POST   /api/3.0/mlflow/scorers/register
GET    /api/3.0/mlflow/scorers/list
GET    /api/3.0/mlflow/scorers/versions
GET    /api/3.0/mlflow/scorers/get
DELETE /api/3.0/mlflow/scorers/delete
PUT    /api/3.0/mlflow/scorers/online-config
GET    /api/3.0/mlflow/scorers/online-configs
POST   /api/3.0/mlflow/issues
GET    /api/3.0/mlflow/issues/iss-1
PATCH  /api/3.0/mlflow/issues/iss-1
POST   /api/3.0/mlflow/issues/search
"""

TABLE = [tuple(line.split()) for line in ROUTES.strip().splitlines()]


@pytest.mark.parametrize("prefix", ["/api/", "/ajax-api/"])
@pytest.mark.parametrize(["method", "path"], TABLE, ids=[" ".join(row) for row in TABLE])
def test_a_route_that_is_not_implemented_returns_501(caller, method, path, prefix):
    answer = caller.ask(method, path.replace("/api/", prefix, 1), json={})
    assert_error(answer, 501, "NOT_IMPLEMENTED")
