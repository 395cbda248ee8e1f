"""S3's events name the version that was written, as S3's own do in a versioned bucket; MiniStack leaves it out."""

import contextvars
import json

from ministack.services import eventbridge, s3

_version = contextvars.ContextVar("version", default=None)


def _fire(*args, version_id=None, **more):
    token = _version.set(version_id)
    try:
        return _original_fire(*args, version_id=version_id, **more)
    finally:
        _version.reset(token)


def _dispatch(event, *more):
    version = _version.get()
    if event.get("Source") == "aws.s3" and version:
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return _original_dispatch(event, *more)


_original_fire = s3._fire_s3_event
_original_dispatch = eventbridge._dispatch_event


def install():
    s3._fire_s3_event = _fire
    eventbridge._dispatch_event = _dispatch
