"""Kansoku and MLflow's own server, both empty but for two experiments."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from call import Call
from kit.server import both_servers
from side import Side


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    with both_servers(tmp_path_factory.mktemp("both")) as both, ThreadPoolExecutor(2) as pool:
        yield list(pool.map(lambda server: server.start().url, both))


@pytest.fixture
def sides(servers, request):
    """A script's own experiments on both servers."""
    both = [Side(url) for url in servers]
    for name in ("experiment", "other"):
        create = Call("POST", "2.0/mlflow/experiments/create", {"name": f"{request.node.name} {name}"})
        for side in both:
            status, answer = side.send(create)
            assert status == 200, answer
            side.kept[name] = answer["experiment_id"]
            side.names.known[side.kept[name]] = f"<{name}>"
    return both
