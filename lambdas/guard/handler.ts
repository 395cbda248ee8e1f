// The guard: called every fifteen minutes, at each end of an execution, at changes of a job, and when AWS says that the sum is billed.
import { Logger } from "@aws-lambda-powertools/logger";
import { watch } from "../../lib/core/guard/guard.ts";
import { callOf } from "./call.ts";
import { guarding } from "./ports.ts";

const logger = new Logger({ serviceName: "bobbin" });

export async function handler(event: unknown): Promise<{ readonly done: readonly string[] }> {
  const { actions, money } = await watch(await callOf(event), guarding);
  for (const action of actions) logger.info("action", { action });
  // What the dashboard draws: a query of the log is paid by use, a metric by the month.
  for (const line of money) logger.info("money", { money: line });
  return { done: actions.map((action) => action.do) };
}
