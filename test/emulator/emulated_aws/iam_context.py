"""What MiniStack's IAM does not see as AWS does: condition keys of our bucket policies, and keys named by an alias.

It counts only under AUTH=true.
"""

import json
import re

from ministack.core import iam_actions, iam_evaluator
from ministack.services import kms


def _s3_service_context(action, query, path="", headers=None, *rest):
    context = _original(action, query, path, headers, *rest) or {}
    if action == "s3:PutObject":
        query, headers = query or {}, headers or {}
        # CreateMultipartUpload and UploadPart are s3:PutObject too, but create no object
        context["s3:ObjectCreationOperation"] = "false" if "uploads" in query or "partNumber" in query else "true"
        context.update({f"s3:{name}": headers[name] for name in ("if-none-match", "if-match") if headers.get(name)})
    return context


def _resolve_condition_key(key, ctx):
    """The ARN of whoever took a role on is the role's, not the session's. No role here has a path."""
    value = _resolve(key, ctx)
    if key.lower() != "aws:principalarn":
        return value
    return re.sub(r"^arn:aws:sts::(\d+):assumed-role/([^/]+)/.*$", r"arn:aws:iam::\1:role/\2", value)


def _extract_resource_arn(service, *request):
    """A key named by its alias is the key itself: IAM never decides on aliases, but for those who change them."""
    arn = _extract(service, *request)
    target = kms._aliases.get(arn) if service == "kms" else None
    return arn if target is None else re.sub(r":alias/.*$", f":key/{target}", arn)


def _request_tag_context(service, iam_action, body, *rest):
    """MiniStack asks here what a request says of itself; of a signature that is how it is to be made."""
    context = _tag_context(service, iam_action, body, *rest)
    if iam_action != "kms:Sign":
        return context
    said = json.loads(body)
    return {
        **context,
        "kms:MessageType": said.get("MessageType", "RAW"),
        "kms:SigningAlgorithm": said.get("SigningAlgorithm", ""),
    }


_extract = iam_actions.extract_resource_arn
_original = iam_actions.s3_service_context
_tag_context = iam_actions.request_tag_context
_resolve = iam_evaluator._resolve_condition_key


def install():
    iam_actions.extract_resource_arn = _extract_resource_arn
    iam_actions.request_tag_context = _request_tag_context
    iam_actions.s3_service_context = _s3_service_context
    iam_evaluator._resolve_condition_key = _resolve_condition_key
