"""A Node handler's thrown error keeps its name; MiniStack calls every one Runtime.HandlerError, which no Catch names.

And a function whose code never arrived fails: MiniStack answers for it with a made-up 200.
"""

import threading

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

PLAIN = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
NAMED = (
    PLAIN + ', payload: { errorType: err.name || "Error", errorMessage: String(err.message || err), '
    'trace: String(err.stack || "").split("\\n") }'
)
_last = threading.local()


def _invoke(worker, *args, **kwargs):
    reply = _worker_invoke(worker, *args, **kwargs)
    _last.payload = reply.get("payload")
    return reply


def _execute_function_warm(function, *args):
    if not function.get("code_zip"):
        return {"error": True, "body": {"errorType": "Runtime.ImportModuleError", "errorMessage": "no code deployed"}}
    _last.payload = None
    result = _execute(function, *args)
    if result.get("error") and _last.payload:
        result["body"] = _last.payload
    return result


_worker_invoke, _execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm


def install():
    if PLAIN not in lambda_runtime._NODEJS_WORKER_SCRIPT:
        raise RuntimeError("MiniStack's Node worker has changed; lambda_errors.py must be read again")
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(PLAIN, NAMED)
    lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm = _invoke, _execute_function_warm
