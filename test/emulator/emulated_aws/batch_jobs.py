"""AWS Batch whose jobs run: the job definition's command becomes a child process.

MiniStack answers SubmitJob with SUCCEEDED at once. Here a job goes through RUNNABLE, STARTING, RUNNING to SUCCEEDED
or FAILED, is retried by `evaluateOnExit`, is stopped with SIGTERM then SIGKILL, logs to /aws/batch/job, and tells
EventBridge of every step. Not emulated: queues that wait for capacity, dependencies, arrays, cgroups, images.
"""

import atexit
import contextlib
import contextvars
import fnmatch
import json
import os
import signal
import subprocess
import threading
import time
import traceback

from ministack.core import lambda_runtime, tls
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import batch, cloudwatch_logs, eventbridge

LOG_GROUP = "/aws/batch/job"
KILL_AFTER_S = 30  # AWS gives a container 30 s between SIGTERM and SIGKILL
FINAL = {"SUCCEEDED", "FAILED"}
_processes: dict[
    str, subprocess.Popen
] = {}  # job id -> its running attempt; kept out of the record, which is persisted
_stop_reasons: dict[str, str] = {}


def _error(message):
    return error_response_json("ClientException", message, 400)


def _find_definition(reference):
    """`name`, `name:revision` or an ARN -> the record, the newest revision where none is named."""
    name, _, revision = reference.rsplit("/", 1)[-1].partition(":")
    found = [
        r
        for r in batch._job_definitions.get(name, [])
        if r["status"] == "ACTIVE" and (not revision or r["revision"] == int(revision))
    ]
    return found[-1] if found else None


def submit_job(request):
    definition = _find_definition(request.get("jobDefinition", ""))
    queue = batch._job_queues.get(request.get("jobQueue", "").rsplit("/", 1)[-1])
    if not definition:
        return _error(f"Job definition {request.get('jobDefinition')} does not exist")
    if not queue or queue["state"] != "ENABLED":
        return _error(f"Job queue {request.get('jobQueue')} does not exist or is not ENABLED")
    base, override = definition["containerProperties"], request.get("containerOverrides") or {}
    parameters = {**definition.get("parameters", {}), **(request.get("parameters") or {})}
    command = [
        parameters.get(word[5:], word) if word.startswith("Ref::") else word
        for word in override.get("command") or base.get("command") or json.loads(os.environ["BATCH_IMAGE_COMMAND"])
    ]
    environment = {e["name"]: e["value"] for e in [*base.get("environment", []), *override.get("environment", [])]}
    job_id = new_uuid()
    job = {
        "jobId": job_id,
        "jobArn": batch._job_arn(job_id),
        "jobName": request["jobName"],
        "jobQueue": queue["jobQueueArn"],
        "jobDefinition": definition["jobDefinitionArn"],
        "status": "SUBMITTED",
        "createdAt": batch._now_ms(),
        "attempts": [],
        "retryStrategy": request.get("retryStrategy")
        or definition.get("retryStrategy")
        or {"attempts": 1, "evaluateOnExit": []},
        "timeout": request.get("timeout") or definition.get("timeout") or {},
        "tags": request.get("tags") or {},
        "parameters": parameters,
        "container": {
            "image": base.get("image", ""),
            "command": command,
            "jobRoleArn": base.get("jobRoleArn", ""),
            "environment": [{"name": k, "value": v} for k, v in environment.items()],
            "resourceRequirements": override.get("resourceRequirements") or base.get("resourceRequirements", []),
        },
    }
    batch._jobs[job_id] = job
    _move(job, "SUBMITTED")
    _move(job, "RUNNABLE")
    # the thread keeps the caller's account and region, which MiniStack holds in context variables
    threading.Thread(target=contextvars.copy_context().run, args=(_run, job), daemon=True).start()
    return json_response({k: job[k] for k in ("jobId", "jobArn", "jobName")})


def _move(job, status, reason=None):
    job["status"] = status
    if reason:
        job["statusReason"] = reason
    try:
        eventbridge._put_events(
            {
                "Entries": [
                    {
                        "Source": "aws.batch",
                        "DetailType": "Batch Job State Change",
                        "Detail": json.dumps(job),
                        "Resources": [job["jobArn"]],
                    }
                ]
            },
            allow_aws_source=True,
        )
    except Exception:  # a rule's target that fails must not fail the job
        traceback.print_exc()


def _run(job):
    attempts = int(job["retryStrategy"].get("attempts", 1))
    for number in range(1, attempts + 1):
        if job["jobId"] not in _stop_reasons:
            exit_code, reason = _attempt(job, number)
        if job["jobId"] in _stop_reasons:
            _finish(job, "FAILED", _stop_reasons[job["jobId"]])
            return
        if exit_code == 0:
            _finish(job, "SUCCEEDED", "Essential container in task exited")
            return
        if (
            number == attempts
            or reason == "Job attempt duration exceeded timeout"
            or _next_action(job, exit_code, reason) == "EXIT"
        ):
            _finish(job, "FAILED", reason)
            return
        _move(job, "RUNNABLE")


def _next_action(job, exit_code, reason):
    """The first matching evaluateOnExit rule decides; where none matches, Batch retries."""
    seen = {"onExitCode": str(exit_code), "onReason": "", "onStatusReason": reason}
    for rule in job["retryStrategy"].get("evaluateOnExit", []):
        if all(fnmatch.fnmatchcase(value, rule[key]) for key, value in seen.items() if key in rule):
            return rule["action"].upper()
    return "RETRY"


def _attempt(job, number):
    stream = f"{job['jobDefinition'].rsplit('/', 1)[-1].split(':')[0]}/default/{new_uuid()}"
    job["container"]["logStreamName"] = stream
    env = {
        **os.environ,
        **{e["name"]: e["value"] for e in job["container"]["environment"]},
        **_credentials(job),
        "AWS_REGION": get_region(),
        "AWS_DEFAULT_REGION": get_region(),
        "AWS_ENDPOINT_URL": f"http{'s' if tls.use_ssl_enabled() else ''}://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        "AWS_BATCH_JOB_ID": job["jobId"],
        "AWS_BATCH_JOB_ATTEMPT": str(number),
        "AWS_BATCH_JQ_NAME": job["jobQueue"].rsplit("/", 1)[-1],
        **json.loads(os.environ["BATCH_MACHINE_VARIABLES"]),
    }
    _move(job, "STARTING")
    started, limit, reason = batch._now_ms(), job["timeout"].get("attemptDurationSeconds"), None
    try:
        process = subprocess.Popen(
            job["container"]["command"],
            cwd=os.environ.get("BATCH_JOB_ROOT"),
            env=env,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        exit_code, reason = None, f"CannotStartContainerError: {error}"
    else:
        _processes[job["jobId"]] = process
        job.setdefault("startedAt", started)
        _move(job, "RUNNING")
        if job["jobId"] in _stop_reasons:  # stopped between STARTING and here
            _stop(process)
        expired = threading.Event()
        timer = threading.Timer(limit, lambda: (expired.set(), _stop(process))) if limit else None
        timer and timer.start()
        for line in process.stdout:
            _log(stream, line.rstrip("\n"))
        exit_code = process.wait()
        exit_code = 128 - exit_code if exit_code < 0 else exit_code  # a container reports 143 for SIGTERM, not -15
        timer and timer.cancel()
        _processes.pop(job["jobId"], None)
        reason = "Job attempt duration exceeded timeout" if expired.is_set() else "Essential container in task exited"
    job["container"]["exitCode"] = exit_code
    job["attempts"].append(
        {
            "startedAt": started,
            "stoppedAt": batch._now_ms(),
            "statusReason": reason,
            "container": {"exitCode": exit_code, "logStreamName": stream},
        }
    )
    return exit_code, reason


def _credentials(job):
    """Under AUTH a session of the job role, otherwise the account's own; MiniStack has it for functions alone."""
    as_function = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{job['jobName']}"
    return lambda_runtime.execution_credentials(
        {"Role": job["container"]["jobRoleArn"], "FunctionArn": as_function, "FunctionName": job["jobName"]}
    )


def _finish(job, status, reason):
    job["stoppedAt"] = batch._now_ms()
    _move(job, status, reason)


def _stop(process):
    def signal_group(number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    signal_group(signal.SIGTERM)
    timer = threading.Timer(KILL_AFTER_S, lambda: process.poll() is None and signal_group(signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _log(stream, message):
    entry = {"logGroupName": LOG_GROUP, "logStreamName": stream}
    if LOG_GROUP not in cloudwatch_logs._log_groups:
        cloudwatch_logs._create_log_group({"logGroupName": LOG_GROUP})
    if stream not in cloudwatch_logs._log_groups[LOG_GROUP]["streams"]:
        cloudwatch_logs._create_log_stream(entry)
    cloudwatch_logs._put_log_events(
        {**entry, "logEvents": [{"timestamp": int(time.time() * 1000), "message": message}]}
    )


def terminate_job(request):
    job = batch._jobs.get(request.get("jobId"))
    if job and job["status"] not in FINAL:
        _stop_reasons.setdefault(job["jobId"], request.get("reason") or "Terminated")
        if process := _processes.get(job["jobId"]):
            _stop(process)
    return json_response({})


def _is_named(job, filters):
    """A filter by name; other filters nobody asks for here."""
    names = [name for one in filters if one["name"] == "JOB_NAME" for name in one["values"]]
    return any(fnmatch.fnmatchcase(job["jobName"], name) for name in names)


def list_jobs(request):
    """With filters the status does not matter, as on AWS."""
    filters = request.get("filters")
    queue, status = (
        request.get("jobQueue", "").rsplit("/", 1)[-1],
        request.get("jobStatus") or "RUNNING",
    )  # RUNNING is Batch's default
    keys = (
        "jobId",
        "jobArn",
        "jobName",
        "status",
        "statusReason",
        "createdAt",
        "startedAt",
        "stoppedAt",
        "jobDefinition",
    )
    return json_response(
        {
            "jobSummaryList": [
                {k: j[k] for k in keys if k in j}
                for j in batch._jobs.values()
                if (_is_named(j, filters) if filters else j["status"] == status) and j["jobQueue"].endswith(f"/{queue}")
            ]
        }
    )


def register_job_definition(request):
    """MiniStack forgets retryStrategy, timeout, parameters and the rest of the request."""
    reply = _register(request)
    record = (batch._job_definitions.get(request.get("jobDefinitionName")) or [None])[-1]
    if record:
        record.update({k: v for k, v in request.items() if k not in record})
    return reply


def update_job_queue(request):
    queue = batch._job_queues.get(request.get("jobQueue", "").rsplit("/", 1)[-1])
    if not queue:
        return _error(f"Job queue {request.get('jobQueue')} does not exist")
    queue.update(
        {
            k: request[k]
            for k in ("state", "priority", "computeEnvironmentOrder", "jobStateTimeLimitActions")
            if k in request
        }
    )
    return json_response({k: queue[k] for k in ("jobQueueName", "jobQueueArn")})


def _delete_from(store, key):
    return lambda request: (store.pop(request.get(key, "").rsplit("/", 1)[-1], None), json_response({}))[1]


def deregister_job_definition(request):
    if record := _find_definition(request.get("jobDefinition", "")):
        record["status"] = "INACTIVE"
    return json_response({})


_register = batch._register_job_definition


def install():
    batch._DISPATCH.update(
        {
            "/v1/submitjob": submit_job,
            "/v1/terminatejob": terminate_job,
            "/v1/canceljob": terminate_job,
            "/v1/listjobs": list_jobs,
            "/v1/registerjobdefinition": register_job_definition,
            "/v1/deregisterjobdefinition": deregister_job_definition,
            "/v1/updatejobqueue": update_job_queue,
            "/v1/deletejobqueue": _delete_from(batch._job_queues, "jobQueue"),
            "/v1/deletecomputeenvironment": _delete_from(batch._compute_envs, "computeEnvironment"),
        }
    )
    atexit.register(lambda: [_stop(p) for p in list(_processes.values())])
