// A function of the account as a process that stops at every look into the shared world: the real step, run again from its start with
// the answers it has had, until it asks for one more. What it asks next follows from those answers alone, so it is worked out once.
import { BobbinError, type ErrorData, type ErrorName } from "../../../lib/contracts/errors.ts";
import type { Body, ObjectStore, Stores } from "../../../lib/core/ports.ts";
import type { AskedCosts } from "../../../lib/core/steps/close-promises.ts";

export type Ask =
  | { readonly kind: "get" | "head" | "list"; readonly key: string }
  | { readonly kind: "create"; readonly key: string; readonly text: string }
  | { readonly kind: "replace"; readonly key: string; readonly text: string; readonly etag: string }
  | { readonly kind: "costs"; readonly runId: string; readonly asked: AskedCosts }
  | { readonly kind: "running" }
  | { readonly kind: "start"; readonly runId: string; readonly location: string }
  | { readonly kind: "told"; readonly subject: string };

export type Answer =
  | { readonly value: unknown }
  | { readonly error: ErrorName; readonly data: Record<string, unknown> };

/** What a process does next: asks, or ends with what it returns or throws. */
export type Next =
  | { readonly ask: Ask }
  | { readonly done: unknown }
  | { readonly failed: { readonly name: string; readonly message: string } };

/** Everything that a step takes from outside, each a question to the world. */
export interface World {
  readonly stores: Stores;
  readonly costs: { of(runId: string, asked: AskedCosts): Promise<never> };
  readonly executions: { anyRunning(): Promise<boolean> };
  readonly start: (next: { readonly runId: string; readonly location: string }) => Promise<void>;
  readonly notifier: { tell(subject: string): Promise<void> };
}

export type Program = (world: World) => Promise<unknown>;

/** Bucket and key of a question, as one text. */
const inBucket = (bucket: string, key: string) => `${bucket}/${key}`;

async function textOf(body: Body): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function storeOf(bucket: string, ask: (what: Ask) => Promise<never>): ObjectStore {
  const at = (key: string) => inBucket(bucket, key);
  return {
    get: (key) => ask({ kind: "get", key: at(key) }),
    head: (key) => ask({ kind: "head", key: at(key) }),
    create: async (key, body) => ask({ kind: "create", key: at(key), text: await textOf(body) }),
    replace: async (key, body, etag) => ask({ kind: "replace", key: at(key), text: await textOf(body), etag }),
    stream() {
      throw new RangeError("nobody streams here");
    },
    async *list(prefix) {
      const found: readonly string[] = await ask({ kind: "list", key: at(prefix) });
      for (const key of found) yield { key: key.slice(bucket.length + 1), bytes: 0 };
    },
  };
}

/** Runs a program on the answers it has had. */
export function advance(program: Program, answers: readonly Answer[]): Promise<Next> {
  return new Promise((settle) => {
    let asked = 0;
    const ask = (what: Ask): Promise<never> => {
      const answer = answers[asked];
      asked += 1;
      // Asked side by side, the second question waits until the first has its answer.
      if (asked > answers.length + 1) return new Promise(() => undefined);
      if (answer === undefined) {
        settle({ ask: what });
        return new Promise(() => undefined);
      }
      if ("error" in answer) {
        const data = answer.data as ErrorData<ErrorName>;
        return Promise.reject(new BobbinError(answer.error, data));
      }
      return Promise.resolve(answer.value as never);
    };
    const world: World = {
      stores: { data: storeOf("data", ask), registry: storeOf("registry", ask) },
      costs: { of: (runId, of) => ask({ kind: "costs", runId, asked: of }) },
      executions: { anyRunning: () => ask({ kind: "running" }) },
      start: ({ runId, location }) => ask({ kind: "start", runId, location }),
      notifier: { tell: (subject) => ask({ kind: "told", subject }) },
    };
    program(world).then(
      (done) => settle({ done }),
      (error: Error) => settle({ failed: { name: error.name, message: error.message } }),
    );
  });
}
