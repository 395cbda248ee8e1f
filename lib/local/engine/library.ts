// Loads aws-local-stepfunctions without what it brings along: the AWS SDK, which a machine with a handler for every state never
// calls, and a validator that a test runs instead. That is nine tenths of its loading time, and no AWS code in a laptop's process.
import * as loader from "node:module";
import type { StateMachine } from "aws-local-stepfunctions";

const refuse = 'const refuse = () => { throw new Error("a state without a handler"); };';
const instead: Readonly<Record<string, string>> = {
  "@aws-sdk/client-lambda": `${refuse} export class LambdaClient { constructor() { refuse(); } } export class InvokeCommand {}`,
  "@aws-sdk/credential-providers": `${refuse} export const fromCognitoIdentityPool = refuse;`,
  "asl-validator": `${refuse} export default refuse;`,
};

export async function loadStateMachine(): Promise<typeof StateMachine> {
  const hooks = hook();
  try {
    return (await import("aws-local-stepfunctions")).StateMachine;
  } finally {
    hooks?.deregister();
  }
}

/** Node 22.15 and later; where a loader takes no hooks, the packages are loaded, which is slower and else the same. */
function hook(): { deregister(): void } | undefined {
  try {
    return loader.registerHooks?.({
      resolve(name, context, next) {
        const source = context.parentURL?.includes("aws-local-stepfunctions") ? instead[name] : undefined;
        if (source === undefined) return next(name, context);
        return { url: `data:text/javascript,${encodeURIComponent(source)}`, format: "module", shortCircuit: true };
      },
    });
  } catch {
    // A test runner's loader says so by throwing.
    return undefined;
  }
}
