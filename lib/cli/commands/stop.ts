// bobbin stop --all: nothing starts any more, and what runs is ended: ledger, rule, queue, executions and jobs, in this order.
import { userInfo } from "node:os";
import type { StopAnswer } from "../../contracts/budget-answers.ts";
import type { Config } from "../../contracts/config.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import type { CutOffDone, CutOffOrder } from "../../core/guard/cut-off.ts";
import { type Context, openPipeline, openStack } from "../context.ts";
import { loadConfig } from "../project.ts";

interface StopOptions {
  readonly all?: boolean;
  readonly reason: string;
}

/** A job that is asked to end has half a minute, and Batch some moments more. */
const patienceSeconds = 180;

/** The budget of the config here, which may have no ledger yet; a store can be stopped without one. */
async function budgetsHere({ configFile }: Context): Promise<readonly Config["budget"][]> {
  try {
    return [(await loadConfig(configFile)).budget];
  } catch (error) {
    if (isBobbinError(error)) return [];
    throw error;
  }
}

async function stopIn(context: Context, reason: string): Promise<CutOffDone> {
  const order = (by: string): CutOffOrder => ({ reason: `${by}: ${reason}`, budgets, patienceSeconds });
  const budgets = await budgetsHere(context);
  if (context.stack === null) return (await openPipeline(context)).stopAll(order(userInfo().username));
  const { stack } = context;
  const [{ callerIdentity }, { stopStack }] = await Promise.all([
    import("../../aws/identity.ts"),
    import("../../aws/stop-all.ts"),
  ]);
  const account = await openStack(context);
  // Whoever cannot be named may stop all the same.
  const who = await callerIdentity(account.outputs.Region).catch(() => ({ arn: userInfo().username }));
  return stopStack(stack, account, order(who.arn));
}

export async function stop(context: Context, _: readonly [], { all, reason }: StopOptions): Promise<number> {
  if (all !== true) {
    const problem = "It ends everything, and --all says so. For one run: bobbin cancel RUN.";
    throw new BobbinError("UsageWrong", { problem, command: "stop" });
  }
  const { executions, jobs, seconds } = await stopIn(context, reason);
  const answer: StopAnswer = { schema: "bobbin/answer-stop/1", reason, executions, jobs, seconds };
  context.out.answer(answer, () => [
    `Everything is cut off: ${executions} runs and ${jobs} jobs were ended, in ${seconds} s. Nothing is left, and nothing starts.`,
    "The way back: bobbin budget raise --to DOLLARS --reason WHY",
  ]);
  return 0;
}
