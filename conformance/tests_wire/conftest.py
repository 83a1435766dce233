"""Fixtures of the wire tests."""

import pytest
from kit.server import is_reference
from wire.caller import Caller


@pytest.fixture(scope="session")
def caller(server) -> Caller:
    return Caller(server.url, server.access_token)


@pytest.fixture
def experiment(caller) -> str:
    return caller.experiment()


@pytest.fixture(scope="session")
def on_reference() -> bool:
    """True if the tests run against MLflow's own server, which checks that they state its behaviour."""
    return is_reference()
