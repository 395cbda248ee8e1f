"""A bucket: whole downloads with a digest, create-once uploads, lists. The only file that knows boto3."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bobbin_trainer import files
from bobbin_trainer.errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARALLEL = 16
CHECKPOINT_TAG = "bobbin-expires=checkpoint"
CREATE_TRIES = 6
MISSING = {"404", "NoSuchKey", "NotFound"}
EXISTS = {"412", "PreconditionFailed"}
CONFLICT = {"409", "ConditionalRequestConflict", "OperationAborted"}


def make_client(region: str) -> Any:
    """An S3 client that many threads may share."""
    config = Config(
        max_pool_connections=PARALLEL,
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 6},
    )
    return boto3.client("s3", region_name=region, config=config)


class Bucket:
    """One bucket. Raises ObjectMissing, ObjectCorrupt and StoreUnusable, never what boto3 raises."""

    def __init__(self, client: Any, name: str) -> None:
        """`client` as make_client makes it."""
        self._client = client
        self.name = name

    def read(self, key: str) -> bytes:
        """A small object, whole."""
        return self._ask(key, lambda: self._body(key).read())

    def download(self, key: str, target: Path, sha256: str) -> None:
        """Bring an object to `target`, which appears only when every byte was right. Raises ObjectCorrupt."""
        part = target.with_name(f".{target.name}.part")
        found = self._ask(key, lambda: self._fetch(key, part))
        if found != sha256:
            part.unlink()
            raise TrainerError("ObjectCorrupt", key=key, problem=f"its SHA-256 is {found}, wanted {sha256}")
        part.replace(target)

    def _body(self, key: str) -> Any:
        return self._client.get_object(Bucket=self.name, Key=key)["Body"]

    def _fetch(self, key: str, part: Path) -> str:
        body = self._body(key)
        digest = hashlib.sha256()
        with part.open("wb") as file:
            for chunk in body.iter_chunks(files.CHUNK):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def create(self, key: str, data: bytes, tag: str = "") -> bool:
        """Write a key that does not exist yet; equal bytes that lie there are as good. False where others lie there."""
        return self._create(key, lambda: data, hashlib.sha256(data).hexdigest(), tag)

    def create_file(self, key: str, file: Path, sha256: str, tag: str = "") -> bool:
        """As `create`, for a file whose digest is known; S3 refuses other bytes than those."""
        with file.open("rb") as stream:

            def rewound() -> BinaryIO:
                stream.seek(0)
                return stream

            return self._create(key, rewound, sha256, tag)

    def _create(self, key: str, body: Callable[[], Any], sha256: str, tag: str) -> bool:
        """A writer among several is told to come again (409); one whose answer was lost finds its own bytes (412)."""
        for attempt in range(1, CREATE_TRIES + 1):
            try:
                self._ask(key, lambda: self._put(key, body(), sha256, tag, IfNoneMatch="*"), pass_on=EXISTS | CONFLICT)
            except ClientError as error:
                if code_of(error) in EXISTS:
                    return self.holds(key, sha256)
                if attempt == CREATE_TRIES:
                    raise self._unusable(error) from error
                time.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311 - no secret
            else:
                return True
        return False

    def replace_file(self, key: str, file: Path, sha256: str) -> None:
        """Write over what lies at a key, unless another writer does so meanwhile (ObjectCorrupt)."""
        etag = self._ask(key, lambda: self._client.head_object(Bucket=self.name, Key=key)["ETag"])
        with file.open("rb") as stream:
            try:
                self._ask(key, lambda: self._put(key, stream, sha256, "", IfMatch=etag), pass_on=EXISTS | CONFLICT)
            except ClientError as error:
                if not self.holds(key, sha256):
                    raise TrainerError("ObjectCorrupt", key=key, problem="another start of the job wrote it") from error

    def _put(self, key: str, body: Any, sha256: str, tag: str, **condition: str) -> None:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        tagging = {"Tagging": tag} if tag else {}
        self._client.put_object(
            Bucket=self.name,
            Key=key,
            Body=body,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum,
            **tagging,
            **condition,
        )

    def holds(self, key: str, sha256: str) -> bool:
        """True where an object has these bytes. Objects of other writers may carry no checksum: those are read."""
        head = self._ask(key, lambda: self._client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED"))
        checksum = head.get("ChecksumSHA256")
        if checksum is not None and "-" not in checksum:
            return base64.b64decode(checksum).hex() == sha256
        return hashlib.sha256(self.read(key)).hexdigest() == sha256

    def exists(self, key: str) -> bool:
        """True where there is such an object.

        By a list: to whoever may list some prefixes only, S3 says of a missing key that it is forbidden.
        """
        return key in self.list(key)

    def list(self, prefix: str) -> list[str]:
        """Keys that start with `prefix`, in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return self._ask(prefix, lambda: sorted(entry["Key"] for page in pages for entry in page.get("Contents", [])))

    def _ask(self, key: str, call: Callable[[], Any], pass_on: set[str] = frozenset()) -> Any:
        """Give what boto3 raises one of our names."""
        try:
            return call()
        except ClientError as error:
            if code_of(error) in pass_on:
                raise
            if code_of(error) in MISSING:
                raise TrainerError("ObjectMissing", key=key) from error
            raise self._unusable(error) from error
        except BotoCoreError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> TrainerError:
        return TrainerError("StoreUnusable", store=f"s3://{self.name}", problem=str(error)[:500])


def code_of(error: ClientError) -> str:
    """S3's word for what went wrong; for answers without a body, the number."""
    return str(error.response.get("Error", {}).get("Code", ""))
