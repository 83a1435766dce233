"""Properties of the client under test, and the few calls that differ between clients."""

import os
from importlib.metadata import PackageNotFoundError, version

import pytest

FORM = os.environ.get("KANSOKU_FORM", "plain")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


FULL_VERSION = _version("mlflow")
SLIM = FULL_VERSION is None
VERSION = FULL_VERSION or _version("mlflow-tracing") or "0"


def at_least(wanted: str) -> bool:
    def parts(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())

    return parts(VERSION) >= parts(wanted)


def needs(*, client: str = "0", full: bool = False, form: str | None = None, why: str):
    """Skips a test unless the client has this version, the full package, or this form."""
    missing = []
    if not at_least(client):
        missing.append(f"client {client}")
    if full and SLIM:
        missing.append("the full mlflow package")
    if form and form != FORM:
        missing.append(f"{form} form")
    return pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}: {why}")


# 3.1.4 uses the v2 routes of plain servers, which have neither assessments nor
# client request ids; in databricks form it uses the v3 routes as later versions do.
V2_CLIENT = FORM == "plain" and not at_least("3.2")


def needs_v3(why: str):
    """Skips a test of features that the v2 routes of the 3.1 client do not have."""
    return pytest.mark.skipif(V2_CLIENT, reason=f"needs the v3 routes, which 3.1 uses in databricks form only: {why}")
