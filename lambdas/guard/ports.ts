// What the guard takes in an AWS account beside what every function takes.
import { setTimeout as wait } from "node:timers/promises";
import { BudgetsClient } from "@aws-sdk/client-budgets";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { awsBill } from "../../lib/aws/bill.ts";
import { stackDoors } from "../../lib/aws/doors.ts";
import { ec2Instances } from "../../lib/aws/instances.ts";
import { batchQueue } from "../../lib/aws/job-queue.ts";
import { secondsAround } from "../../lib/core/budget/job-time.ts";
import type { GuardPorts } from "../../lib/core/guard/guard.ts";
import { readGuardEnvironment } from "../env.ts";
import { batch, costsNow, environment, executions, prices, settling, tellLate } from "../ports.ts";

const { AWS_REGION: region, BOBBIN_JOB_QUEUE: queue, BOBBIN_ALARM_TOPIC: topic } = environment;
const { BOBBIN_STACK: stack, BOBBIN_RUN_SECONDS: runSeconds, ...more } = readGuardEnvironment();

export const cutOffTopic = more.BOBBIN_CUT_OFF_TOPIC;
/** The fifth part of any ARN. */
const [, , , , account = ""] = topic.split(":");

export const guarding: GuardPorts = {
  ...settling,
  ...{ executions, costsNow, prices },
  queue: batchQueue(batch, queue),
  instances: ec2Instances(new EC2Client({ region }), stack),
  doors: stackDoors({ events: new EventBridgeClient({ region }), batch }, stack, queue),
  bill: awsBill(new BudgetsClient({ region }), stack, account, cutOffTopic !== ""),
  limits: { runSeconds, aroundSeconds: secondsAround },
  wait: (milliseconds) => wait(milliseconds),
  tellUnfinished: tellLate,
};
