"""Step Functions as AWS runs it where MiniStack differs: Batch integration, deadlines, aborts, paths, error names."""

import contextvars
import json
import threading
import time

from ministack.core.responses import now_iso
from ministack.services import batch
from ministack.services import stepfunctions as sfn

from . import batch_jobs
from .cloudformation_types import lower_keys

POLL_S = 0.1
_task: contextvars.ContextVar = contextvars.ContextVar(
    "task"
)  # (execution, monotonic deadline or None) of the running Task


def _upper_keys(value, key=""):
    if isinstance(value, dict):
        return (
            value
            if key in ("tags", "parameters")
            else {k[:1].upper() + k[1:]: _upper_keys(v, k) for k, v in value.items()}
        )
    return [_upper_keys(v) for v in value] if isinstance(value, list) else value


def _submit_job(resource, arguments):
    """batch:submitJob and .sync. An aborted execution or a passed deadline terminates the job, as AWS does."""
    status, _, body = batch_jobs.submit_job(lower_keys(arguments))
    answer = json.loads(body)
    if status >= 400:
        raise sfn._ExecutionError("Batch.ClientException", answer.get("message", str(answer)))
    if not resource.endswith(".sync"):
        return _upper_keys(answer)
    job, (execution, deadline) = batch._jobs[answer["jobId"]], _task.get()
    while job["status"] not in batch_jobs.FINAL:
        if execution["status"] != "RUNNING" or (deadline and time.monotonic() > deadline):
            batch_jobs.terminate_job({"jobId": job["jobId"], "reason": "Canceled by Step Functions"})
        time.sleep(POLL_S)
    if job["status"] == "FAILED" and execution["status"] == "RUNNING":
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(_upper_keys(job)))
    return _upper_keys(job)


def _execute_task(state, raw_input, execution, context):
    limit = state.get("TimeoutSeconds")
    token = _task.set((execution, time.monotonic() + limit if limit else None))
    try:
        return _original["_execute_task"](state, raw_input, execution, context)
    finally:
        _task.reset(token)


def _run_execution(arn):
    """Adds the machine's own TimeoutSeconds; no Catch sees it, on AWS neither."""
    execution = sfn._executions.get(arn)
    limit = json.loads(sfn._state_machines[execution["stateMachineArn"]]["definition"]).get("TimeoutSeconds")
    timer = threading.Timer(limit, contextvars.copy_context().run, (_time_out, execution)) if limit else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        _original["_run_execution"](arn)
    finally:
        timer and timer.cancel()


def _time_out(execution):
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=now_iso())
        sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
        sfn._emit_execution_status_event(execution)


def _fail_execution(execution, error, cause):
    if execution["status"] == "RUNNING":  # an aborted or timed-out execution must not turn FAILED afterwards
        _original["_fail_execution"](execution, error, cause)


def _add_event(execution, event_type, details=None):
    """Nothing follows the event that ended an execution, though MiniStack's thread runs on to the end of its state."""
    if execution["status"] == "RUNNING" or event_type.startswith("Execution"):
        _original["_add_event"](execution, event_type, details)


def _resolve_params_obj(template, data, context=None):
    """A path that finds nothing fails the execution; MiniStack would pass null on."""
    for key, path in template.items() if isinstance(template, dict) else ():
        if key.endswith(".$") and isinstance(path, str) and path.startswith("$"):
            value, steps = (context, path[1:]) if path.startswith("$$.") else (data, path)
            for kind, step in sfn._parse_jsonpath_tokens(steps) or ():
                if kind == "wildcard":
                    break
                try:
                    value = value[step]
                except (KeyError, IndexError, TypeError):
                    raise sfn._ExecutionError(
                        "States.Runtime",
                        f"The JSONPath '{path}' specified for the field '{key}' could not be found in the input",
                    ) from None
    return _original["_resolve_params_obj"](template, data, context)


def _error_matches(error_equals, error):
    """States.ALL catches everything but these two."""
    if error in ("States.Runtime", "States.DataLimitExceeded"):
        return error in error_equals
    return _original["_error_matches"](error_equals, error)


_original = {}


def install():
    sfn._SERVICE_DISPATCH["arn:aws:states:::batch:submitJob"] = _submit_job
    for replacement in (
        _add_event,
        _execute_task,
        _run_execution,
        _fail_execution,
        _resolve_params_obj,
        _error_matches,
    ):
        _original[replacement.__name__] = getattr(sfn, replacement.__name__)
        setattr(sfn, replacement.__name__, replacement)
