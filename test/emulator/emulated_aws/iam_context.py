"""Condition keys our bucket policy uses and MiniStack's IAM does not fill in (they count only under AUTH=true)."""

from ministack.core import iam_actions


def _s3_service_context(action, query, path="", headers=None, *rest):
    context = _original(action, query, path, headers, *rest) or {}
    if action == "s3:PutObject":
        query, headers = query or {}, headers or {}
        # CreateMultipartUpload and UploadPart are s3:PutObject too, but create no object
        context["s3:ObjectCreationOperation"] = "false" if "uploads" in query or "partNumber" in query else "true"
        context.update({f"s3:{name}": headers[name] for name in ("if-none-match", "if-match") if headers.get(name)})
    return context


_original = iam_actions.s3_service_context


def install():
    iam_actions.s3_service_context = _s3_service_context
