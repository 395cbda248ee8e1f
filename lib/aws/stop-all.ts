// `bobbin stop --all` and the way back, on a stack: by the person's own rights, so that they hold where the guard itself does not work.
import { setTimeout as wait } from "node:timers/promises";
import { BatchClient } from "@aws-sdk/client-batch";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type CutOffDone, type CutOffOrder, cutOff } from "../core/guard/cut-off.ts";
import type { Account } from "./account.ts";
import { stackDoors } from "./doors.ts";
import { batchQueue } from "./job-queue.ts";

async function withClients<T>(region: string, work: (clients: Clients) => Promise<T>): Promise<T> {
  const clients = { batch: new BatchClient({ region }), events: new EventBridgeClient({ region }) };
  try {
    return await work(clients);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

interface Clients {
  readonly batch: BatchClient;
  readonly events: EventBridgeClient;
}

/**
 * People are told by the guard, which comes again as long as the cut-off is in force; who asks here sits before it.
 * @param stack `name` of the settings
 * @throws CutOffIncomplete
 */
export function stopStack(
  stack: string,
  { outputs, stores, executions }: Account,
  order: CutOffOrder,
): Promise<CutOffDone> {
  const queue = outputs.JobQueue;
  return withClients(outputs.Region, (clients) =>
    cutOff(order, {
      ...{ stores, executions, wait },
      clock: { now: () => new Date() },
      doors: stackDoors(clients, stack, queue),
      queue: batchQueue(clients.batch, queue),
      tell: async () => undefined,
    }),
  );
}

/** Uploads start runs again, and the queue takes jobs. @param stack `name` of the settings */
export function openStack(stack: string, { outputs }: Pick<Account, "outputs">): Promise<void> {
  return withClients(outputs.Region, (clients) => stackDoors(clients, stack, outputs.JobQueue).open());
}
