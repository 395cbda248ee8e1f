// The laptop's engine: runs Amazon States Language in this process. With library.ts the only file that knows aws-local-stepfunctions, and where
// its ways are made good: handlers get a signal and are waited for, an abort leaves the states after it alone, and the error
// of a Fail state comes back by name.
import type { AslMachine } from "../../workflow/asl.ts";
import { loadStateMachine } from "./library.ts";

export type Handler = (input: object, signal: AbortSignal) => Promise<object>;

export type Ending =
  | { readonly status: "succeeded"; readonly output: unknown }
  | { readonly status: "failed"; readonly error: string; readonly cause: string }
  /** Stopped by the caller; Catch was not asked. */
  | { readonly status: "aborted" };

export interface Execution {
  readonly asl: AslMachine;
  readonly input: object;
  /** By name of the Task state. */
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between tries, instead of what the machine says; for tests. */
  readonly retryMilliseconds?: number;
}

/** Runs a machine to its end. When this resolves, no handler runs any more. */
export async function execute(execution: Execution): Promise<Ending> {
  const { asl, signal } = execution;
  if (signal?.aborted) return { status: "aborted" };
  // Loading it takes longer than running a machine, so only those wait who run one.
  const StateMachine = await loadStateMachine();
  const definition = structuredClone(asl) as unknown as ConstructorParameters<typeof StateMachine>[0];
  // Checking takes half a second; a test does it once for every machine that Bobbin ships.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const atWork = new Set<Promise<unknown>>();
  const handlers = handlersOf(execution, atWork);
  const running = machine.run(execution.input as Parameters<typeof machine.run>[0], {
    overrides: { taskResourceLocalHandlers: handlers, ...retriesOf(execution) },
  });
  const abort = () => running.abort();
  signal?.addEventListener("abort", abort, { once: true });
  // The first state is entered before `run` returns.
  if (signal?.aborted) abort();
  try {
    return { status: "succeeded", output: await running.result };
  } catch (error) {
    return signal?.aborted ? { status: "aborted" } : failed(error);
  } finally {
    signal?.removeEventListener("abort", abort);
    await Promise.allSettled(atWork);
  }
}

type LibraryHandler = (input: unknown) => Promise<never>;

/** A handler outlives its state in the library; here it is told to stop, and counted until it has. */
function handlersOf(
  { asl, handlers, signal }: Execution,
  atWork: Set<Promise<unknown>>,
): Record<string, LibraryHandler> {
  const wrap = (name: string, handler: Handler) => async (input: unknown) => {
    const seconds = Number(asl.States[name]?.TimeoutSeconds);
    const signals = [AbortSignal.timeout(seconds * 1000), ...(signal === undefined ? [] : [signal])];
    const stop = AbortSignal.any(signals);
    const work = run(handler, input, stop);
    atWork.add(work);
    try {
      return (await work) as never;
    } finally {
      atWork.delete(work);
    }
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, wrap(name, handler)]));
}

async function run(handler: Handler, input: unknown, signal: AbortSignal): Promise<object> {
  signal.throwIfAborted();
  return handler(typeof input === "object" && input !== null ? input : {}, signal);
}

function retriesOf({ asl, retryMilliseconds }: Execution) {
  if (retryMilliseconds === undefined) return {};
  const names = Object.keys(asl.States);
  return { retryIntervalOverrides: Object.fromEntries(names.map((name) => [name, retryMilliseconds])) };
}

/** The library wraps what ended the machine; name and words of a Fail state are in there. */
function failed(error: unknown): Ending {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return { status: "failed", error: "States.Runtime", cause: String(inner) };
  return { status: "failed", error: inner.name, cause: inner.message };
}
