"""Runs further client processes, each with an environment of its own and no shared memory.

The script gets its parameters as the dict `given` and answers by calling
`answer(value)` with anything JSON can carry.
"""

import json
import os
import subprocess
import sys
import textwrap

from kit.client import FORM
from kit.env import process_env

PRELUDE = """
import json, sys
given = json.loads(sys.argv[1])
def answer(value):
    print("\\nANSWER " + json.dumps(value), flush=True)
"""


class Process:
    """Starts further client processes for one server."""

    def __init__(self, server):
        self.server = server

    def env(self, form: str = FORM, **changes: str | None) -> dict[str, str]:
        """The environment of a client; None as a change removes the variable."""
        env = process_env(form, self.server.url, self.server.access_token)
        env["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
        for key, value in changes.items():
            env.pop(key, None)
            if value is not None:
                env[key] = value
        return env

    def run(self, script: str, *, form: str = FORM, env: dict[str, str | None] | None = None, **given):
        """Runs `script` to its end and returns its answer."""
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(script), json.dumps(given)],
            env=self.env(form, **(env or {})), text=True, capture_output=True, timeout=90,
        )
        output = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"the second process ended with {done.returncode}:\n{output}"
        # Shown if the test fails: a client logs why it sent nothing.
        print(output)
        answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
        assert answers, f"the second process gave no answer:\n{output}"
        return json.loads(answers[-1].removeprefix("ANSWER "))
