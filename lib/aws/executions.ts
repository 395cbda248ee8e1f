// Executions of the machines in Step Functions. Machine and execution have fixed names, so no ARN is looked up.
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { BobbinError } from "../contracts/errors.ts";
import type { Execution, ExecutionEvent, ExecutionId, Executions } from "../core/ports.ts";

type Status = Execution["status"];
const statuses: Readonly<Record<ExecutionStatus, Status>> = {
  RUNNING: "running",
  // Machines of Bobbin are not redriven; one that is, runs.
  PENDING_REDRIVE: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timedOut",
  ABORTED: "stopped",
};
/** Step Functions cuts neither: it refuses. */
const errorCharacters = 256;
const causeCharacters = 32_768;

/** @param machines the machines' ARNs without the last part, e.g. `arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-thaal` */
export function stepFunctions(client: SFNClient, machines: string): Executions {
  const machineArn = ({ machine }: ExecutionId) => `${machines}-${machine}`;
  const executionArn = (id: ExecutionId) => `${machineArn(id).replace(":stateMachine:", ":execution:")}:${id.name}`;
  return {
    async start(id, input) {
      const command = { stateMachineArn: machineArn(id), name: id.name, input: JSON.stringify(input) };
      try {
        await client.send(new StartExecutionCommand(command));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
    async stop(id, { name, cause }) {
      const error = name.slice(0, errorCharacters);
      const why = { error, cause: cause.slice(0, causeCharacters) };
      await orMissing(id, () => client.send(new StopExecutionCommand({ executionArn: executionArn(id), ...why })));
    },
    async describe(id) {
      try {
        return toExecution(await client.send(new DescribeExecutionCommand({ executionArn: executionArn(id) })));
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return null;
        throw error;
      }
    },
    async anyRunning(machine) {
      const stateMachineArn = machineArn({ machine, name: "" });
      const asked = new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING", maxResults: 1 });
      return ((await client.send(asked)).executions ?? []).length > 0;
    },
    async *running(machine) {
      const stateMachineArn = machineArn({ machine, name: "" });
      for (let nextToken: string | undefined; ; ) {
        const asked = { stateMachineArn, statusFilter: "RUNNING" as const, ...(nextToken ? { nextToken } : {}) };
        const page = await client.send(new ListExecutionsCommand(asked));
        for (const { name = "", executionArn: arn = "", startDate } of page.executions ?? []) {
          const { input = "{}" } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
          yield { name, arn, input: JSON.parse(input), startedAt: (startDate ?? new Date(0)).toISOString() };
        }
        nextToken = page.nextToken;
        if (nextToken === undefined) return;
      }
    },
    history: (id) => readHistory(client, id, executionArn(id)),
  };
}

async function orMissing<T>({ machine, name }: ExecutionId, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ExecutionDoesNotExist)) throw cause;
    throw new BobbinError("ExecutionMissing", { machine, execution: name }, { cause });
  }
}

interface Described {
  readonly status?: ExecutionStatus | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

function toExecution({ status, startDate, stopDate, error, cause }: Described): Execution {
  if (status === undefined || startDate === undefined) throw new RangeError("an execution without status or start");
  return {
    status: statuses[status],
    startedAt: startDate.toISOString(),
    endedAt: stopDate?.toISOString() ?? null,
    error: error === undefined ? null : { name: error, cause: cause ?? "" },
  };
}

async function* readHistory(client: SFNClient, id: ExecutionId, executionArn: string): AsyncGenerator<ExecutionEvent> {
  // The name of a state stands in the event that enters it; what happens in it leads back to that event.
  const stateOf = new Map<number, string>();
  for (let token: string | undefined; ; ) {
    const page = { executionArn, maxResults: 1000, includeExecutionData: true, ...(token ? { nextToken: token } : {}) };
    const { events = [], nextToken } = await orMissing(id, () => client.send(new GetExecutionHistoryCommand(page)));
    for (const event of events) yield toEvent(event, stateOf);
    if (nextToken === undefined) return;
    token = nextToken;
  }
}

function toEvent(event: HistoryEvent, stateOf: Map<number, string>): ExecutionEvent {
  const { id = 0, previousEventId = 0, timestamp, type = "" } = event;
  const state =
    event.stateEnteredEventDetails?.name ??
    event.stateExitedEventDetails?.name ??
    (type.startsWith("Execution") ? undefined : stateOf.get(previousEventId));
  if (state !== undefined) stateOf.set(id, state);
  return { at: (timestamp ?? new Date(0)).toISOString(), type, state: state ?? null, error: errorOf(event) };
}

/** Each kind of failure has a field of its own in the event. */
function errorOf(event: HistoryEvent): ExecutionEvent["error"] {
  for (const details of Object.values(event)) {
    if (typeof details !== "object" || details === null || !("error" in details)) continue;
    const { error, cause } = details as { readonly error?: string; readonly cause?: string };
    if (error !== undefined) return { name: error, cause: cause ?? "" };
  }
  return null;
}
