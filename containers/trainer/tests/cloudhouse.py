"""A rented machine in small: S3 over HTTP on 127.0.0.1, with faults on demand, and the supervisor as a process."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import workshop
from botocore.config import Config

from bobbin_job.keys import Keys
from bobbin_job.store import Bucket

REGION = "eu-central-1"
DATA, REGISTRY = "bobbin-data", "bobbin-registry"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret-of-the-job"}


class Front(ThreadingHTTPServer):
    """Passes requests on to the real endpoint. `faults` are used up one a PUT: 409, 503, `lost` (applied, then 500)."""

    daemon_threads = True

    def __init__(self, endpoint):
        super().__init__(("127.0.0.1", 0), Passing)
        self.behind = endpoint
        self.faults = []
        self.puts = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        body = self.body()
        fault = None
        if self.command == "PUT":
            self.server.puts.append(self.headers.get("x-amz-checksum-sha256"))
            fault = self.server.faults.pop(0) if self.server.faults else None
        if fault in (409, 503):
            code = {409: "ConditionalRequestConflict", 503: "SlowDown"}[fault]
            return self.answer(fault, {}, f"<Error><Code>{code}</Code></Error>".encode())
        host, port = self.server.behind.removeprefix("http://").split(":")
        inner = http.client.HTTPConnection(host, int(port), timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "expect")}
        inner.request(self.command, self.path, body=body, headers=headers)
        found = inner.getresponse()
        data = found.read()
        if fault == "lost":
            return self.answer(500, {}, b"<Error><Code>InternalError</Code></Error>")
        kept = {
            name: value for name, value in found.getheaders() if name.lower() not in ("connection", "date", "server")
        }
        return self.answer(found.status, kept, data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, headers, data):
        self.send_response(status)
        given = {name.lower() for name in headers}
        for name, value in headers.items():
            if name.lower() != "transfer-encoding":
                self.send_header(name, value)
        if "content-length" not in given:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # The names are http.server's.
    do_GET = do_PUT = do_HEAD = do_POST = handle_one  # noqa: N815

    def log_message(self, *_):
        pass


def client(endpoint):
    return boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="secret",  # noqa: S106 - the emulator's
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )


@dataclass
class Cloud:
    """Two buckets behind an endpoint."""

    endpoint: str
    front: Front
    s3: object = field(init=False)

    def __post_init__(self):
        self.s3 = client(self.endpoint)

    def bucket(self, name=DATA):
        return Bucket(self.s3, name)

    @property
    def buckets(self):
        return {"data": self.bucket(), "registry": self.bucket(REGISTRY)}

    @property
    def faulty(self):
        return Bucket(client(self.front.url), DATA)

    def put(self, key, data, bucket=DATA):
        self.s3.put_object(Bucket=bucket, Key=key, Body=data)

    def json(self, key):
        return json.loads(self.bucket().read(key))

    def empty(self):
        for name in (DATA, REGISTRY):
            for key in self.bucket(name).list(""):
                self.s3.delete_object(Bucket=name, Key=key)


def stage(cloud, folder):
    """Put a job folder of the workshop into the store as the project does; returns the job's keys."""
    job = json.loads((folder / "job.json").read_text())
    keys = Keys(job["runId"], job["kind"])
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "job.json"):
        path = file.relative_to(folder).as_posix()
        if file.suffix in (".txt", ".jsonl"):
            lines.append({"path": path, "text": file.read_text()})
            continue
        digest = workshop.sha256(file)
        lines.append({"path": path, "bucket": "data", "key": f"frames/{digest[:2]}/{digest}", "sha256": digest})
        cloud.put(lines[-1]["key"], file.read_bytes())
    cloud.put(keys.inputs, "".join(f"{json.dumps(line)}\n" for line in lines))
    cloud.put(keys.job, json.dumps(job))
    return keys


def variables(keys, scratch, **changes):
    return {
        "BOBBIN_DATA_BUCKET": DATA,
        "BOBBIN_REGISTRY_BUCKET": REGISTRY,
        "BOBBIN_SCRATCH": str(scratch),
        "AWS_REGION": REGION,
        "BOBBIN_RUN_ID": keys.run_id,
        "BOBBIN_JOB": keys.kind,
        "BOBBIN_TRY_SECONDS": "3600",
        "DEADLINE_EPOCH": str(int(time.time()) + 7200),
        **changes,
    }


def start(cloud, keys, scratch, **changes):
    """Start the supervisor as the container does."""
    environment = {
        **variables(keys, scratch, **changes),
        **CREDENTIALS,
        "AWS_ENDPOINT_URL_S3": cloud.endpoint,
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/secret-of-the-job",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(workshop.TRAINER),
    }
    log = Path(scratch).with_suffix(".log").open("w+")
    command = [sys.executable, "-B", "-m", "bobbin_job"]
    process = subprocess.Popen(command, env=environment, cwd=scratch, stdout=log, stderr=subprocess.STDOUT, text=True)
    process.log = log
    return process


def end(process):
    """Wait for it; returns exit code and what it said."""
    code = process.wait(workshop.SECONDS)
    process.log.seek(0)
    return code, process.log.read()


def wait_for(process, found):
    """Wait until `found()`, while the process lives; returns what it found."""
    while process.poll() is None:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise AssertionError(end(process))


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
