"""The part of S3 that Kansoku needs: put, get, list, delete, delete many. Objects are in memory; a switch makes it fail."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

ENV = {"AWS_ACCESS_KEY_ID": "key-of-a-test", "AWS_SECRET_ACCESS_KEY": "secret-of-a-test",
       "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}


class FakeS3:
    def __init__(self):
        self.objects: dict[str, bytes] = {}
        self.failing = False
        self.unsigned = 0
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, status: int, body: bytes = b"", **headers: str):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                signed = self.headers.get("authorization", "")
                fake.unsigned += not signed.startswith("AWS4-HMAC-SHA256 Credential=key-of-a-test/")
                if fake.failing:
                    return self.reply(503, b"<Error><Code>SlowDown</Code></Error>")
                url = urlsplit(self.path)
                key = unquote(url.path).lstrip("/")
                if self.command == "PUT":
                    fake.objects[key] = body
                    return self.reply(200, ETag='"1"')
                if self.command == "POST" and "delete" in url.query:
                    bucket = key.strip("/")
                    keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
                    for each in keys:
                        fake.objects.pop(f"{bucket}/{each}", None)
                    told = "".join(f"<Deleted><Key>{each}</Key></Deleted>" for each in keys)
                    return self.reply(200, f"<DeleteResult>{told}</DeleteResult>".encode())
                if self.command == "DELETE":
                    fake.objects.pop(key, None)
                    return self.reply(204)
                query = dict(parse_qsl(url.query, keep_blank_values=True))
                if query.get("list-type") == "2":
                    return self.reply(200, fake.listed(key.strip("/"), query).encode())
                if key not in fake.objects:
                    return self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
                modified = {"Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT", "ETag": '"1"'}
                return self.reply(200, fake.objects[key], **modified)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def listed(self, bucket: str, query: dict[str, str]) -> str:
        """A page of two entries: the objects and folders directly below a prefix, in order."""
        prefix, after = query["prefix"], query.get("continuation-token", "")
        sizes: dict[str, int | None] = {}
        for path, content in self.objects.items():
            key = path.removeprefix(f"{bucket}/")
            if path.startswith(f"{bucket}/{prefix}"):
                name, slash, _ = key.removeprefix(prefix).partition("/")
                sizes[prefix + name + slash] = None if slash else len(content)
        keys = [key for key in sorted(sizes) if key > after]
        objects = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{sizes[key]}</Size>"
            "<LastModified>2026-11-21T12:00:00.000Z</LastModified></Contents>"
            for key in keys[:2] if sizes[key] is not None)
        folders = "".join(f"<CommonPrefixes><Prefix>{escape(key)}</Prefix></CommonPrefixes>"
                          for key in keys[:2] if sizes[key] is None)
        more = f"<NextContinuationToken>{escape(keys[1])}</NextContinuationToken>" if len(keys) > 2 else ""
        return f"<ListBucketResult>{objects}{folders}{more}</ListBucketResult>"

    @property
    def env(self) -> dict[str, str]:
        return ENV | {"AWS_ENDPOINT": f"http://127.0.0.1:{self.server.server_port}"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
