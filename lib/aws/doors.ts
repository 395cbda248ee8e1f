// By what runs and jobs come in: the rule that starts a run for an upload, and the queue. To disable either ends nothing that runs.

import { setTimeout as wait } from "node:timers/promises";
import { type BatchClient, DescribeJobQueuesCommand, UpdateJobQueueCommand } from "@aws-sdk/client-batch";
import { DisableRuleCommand, EnableRuleCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { uploadRule } from "../contracts/cloud.ts";
import type { Doors } from "../core/ports.ts";

export interface DoorClients {
  readonly events: EventBridgeClient;
  readonly batch: BatchClient;
}

/** The queue takes some seconds to change, and refuses another change meanwhile. */
const looks = 60;
const lookMilliseconds = 1_000;

/** @param stack `name` of the settings @param queue name or ARN */
export function stackDoors({ events, batch }: DoorClients, stack: string, queue: string): Doors {
  const Name = uploadRule(stack);
  const setQueue = async (state: "ENABLED" | "DISABLED") => {
    for (let look = 0; ; look += 1) {
      const { jobQueues = [] } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: [queue] }));
      if (jobQueues[0]?.state === state) return;
      if (jobQueues[0]?.status !== "UPDATING" || look >= looks) break;
      await wait(lookMilliseconds);
    }
    await batch.send(new UpdateJobQueueCommand({ jobQueue: queue, state }));
  };
  return {
    async shutStarts() {
      await events.send(new DisableRuleCommand({ Name }));
    },
    shutQueue: () => setQueue("DISABLED"),
    async open() {
      await setQueue("ENABLED");
      await events.send(new EnableRuleCommand({ Name }));
    },
  };
}
