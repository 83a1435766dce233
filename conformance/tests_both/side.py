"""One of the two servers: what was kept of its answers, and how it is called."""

import json
import urllib.error
import urllib.parse
import urllib.request

from call import Call
from compare import Names


class Side:
    def __init__(self, url: str):
        self.url = url
        self.kept: dict[str, str] = {}
        self.names = Names()

    def filled(self, value):
        """The value with the names in braces replaced by what was kept."""
        if isinstance(value, str):
            for name, kept in self.kept.items():
                value = value.replace("{%s}" % name, kept)
            return value
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, dict):
            return {self.filled(key): self.filled(item) for key, item in value.items()}
        return value

    def send(self, call: Call) -> tuple[int, object]:
        fields, path, body = self.filled(call.fields), self.filled(call.path), None
        url = self.url + (path if path.startswith("/") else f"/api/{path}")
        if call.method == "GET":
            url += "?" + urllib.parse.urlencode(fields, doseq=True)
        else:
            body = json.dumps(fields).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=call.method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, parsed(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, parsed(error.read())

    def keep(self, call: Call, answer) -> None:
        for name, path in call.keep.items():
            value = answer
            for part in path.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
            self.kept[name] = str(value)


def parsed(body: bytes):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
