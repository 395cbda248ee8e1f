"""The resource types of our stack that MiniStack's CloudFormation refuses. Each calls the emulated service itself."""

import json

from ministack.core.responses import new_uuid
from ministack.services import batch, budgets
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS, _physical_name

from . import batch_jobs

FREE_KEYS = {"tags", "parameters", "options"}  # maps whose keys are the user's own


def lower_keys(value, key=""):
    """CloudFormation writes PascalCase, the Batch API camelCase."""
    if isinstance(value, dict):
        if key in FREE_KEYS:
            return value
        return {k[:1].lower() + k[1:]: lower_keys(v, k[:1].lower() + k[1:]) for k, v in value.items()}
    return [lower_keys(v) for v in value] if isinstance(value, list) else value


def _call(reply):
    status, _, body = reply
    answer = json.loads(body or b"{}")
    if status >= 400:
        raise ValueError(answer.get("message") or answer.get("Message") or str(answer))
    return answer


def _named(kind, create, update, delete, name_key, arn_key):
    """Handlers for a Batch resource whose Ref and `<kind>Arn` attribute are both its ARN."""

    def make(logical_id, props, stack_name):
        request = {
            **lower_keys(props),
            name_key: props.get(name_key[0].upper() + name_key[1:]) or _physical_name(stack_name, logical_id),
        }
        arn = _call(create(request))[arn_key]
        return arn, {f"{kind}Arn": arn}

    def change(physical_id, _old, props, stack_name):
        if update is None:  # immutable: a changed job definition is a new revision
            name = physical_id.rsplit("/", 1)[-1].split(":")[0]
            arn = _call(create({**lower_keys(props), name_key: name}))[arn_key]
            delete(physical_id)
            return arn, {f"{kind}Arn": arn}
        _call(update({**lower_keys(props), kind[0].lower() + kind[1:]: physical_id}))
        return physical_id, {f"{kind}Arn": physical_id}

    return {"create": make, "update": change, "delete": lambda physical_id, _props: delete(physical_id)}


def _create_budget(_logical_id, props, _stack_name):
    budget = {**props["Budget"]}
    if limit := budget.get("BudgetLimit"):
        budget["BudgetLimit"] = {**limit, "Amount": str(limit["Amount"])}
    if period := budget.get("TimePeriod"):  # text in a template, numbers in the API, whose clients read nothing else
        budget["TimePeriod"] = {key: float(moment) for key, moment in period.items()}
    name = budget.setdefault("BudgetName", f"budget-{new_uuid()}")
    _call(
        budgets._create_budget(
            {"Budget": budget, "NotificationsWithSubscribers": props.get("NotificationsWithSubscribers")}
        )
    )
    return name, {}


def _delete_budget(physical_id, _props):
    budgets._delete_budget({"BudgetName": physical_id})


def _update_budget(physical_id, _old, props, stack_name):
    _delete_budget(physical_id, _old)
    return _create_budget(physical_id, props, stack_name)


def install():
    _RESOURCE_HANDLERS.update(
        {
            "AWS::Batch::ComputeEnvironment": _named(
                "ComputeEnvironment",
                batch._create_compute_environment,
                _update_environment,
                lambda arn: batch._compute_envs.pop(arn.rsplit("/", 1)[-1], None),
                "computeEnvironmentName",
                "computeEnvironmentArn",
            ),
            "AWS::Batch::JobQueue": _named(
                "JobQueue",
                batch._create_job_queue,
                batch_jobs.update_job_queue,
                lambda arn: batch._job_queues.pop(arn.rsplit("/", 1)[-1], None),
                "jobQueueName",
                "jobQueueArn",
            ),
            "AWS::Batch::JobDefinition": _named(
                "JobDefinition",
                batch_jobs.register_job_definition,
                None,
                lambda arn: batch_jobs.deregister_job_definition({"jobDefinition": arn}),
                "jobDefinitionName",
                "jobDefinitionArn",
            ),
            "AWS::Budgets::Budget": {"create": _create_budget, "update": _update_budget, "delete": _delete_budget},
        }
    )


def _update_environment(request):
    return batch._update_compute_environment(
        {**request, "computeEnvironment": request["computeEnvironment"].rsplit("/", 1)[-1]}
    )
