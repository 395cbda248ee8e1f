// The emulated Step Functions against the same cases as the laptop's engine: a difference is a defect of one of them. The machine's
// tasks call one function, which asks this process what to answer.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll } from "@jest/globals";
import type { AslMachine } from "../../lib/workflow/asl.ts";
import { engineSuite } from "../ports/engine.ts";
import { describeAws, lambda, sfn } from "../support/aws.ts";
import { zipOf } from "../support/zip.ts";

type Handler = (input: object) => Promise<object>;
const role = "arn:aws:iam::111111111111:role/engine";
const machines = new Map<string, Readonly<Record<string, Handler>>>();
let server: Server;
let functionArn = "";
let made = 0;

/** Asks the test, and throws by the name that the test says. */
const code = `exports.handler = async (call) => {
  const answer = await fetch(process.env.TEST_URL, { method: "POST", body: JSON.stringify(call) });
  const { output, error } = await answer.json();
  if (error) throw Object.assign(new Error(error.message), { name: error.name });
  return output;
};`;

beforeAll(async () => {
  if ((process.env.BOBBIN_EMULATOR ?? "") === "") return;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const { machine, state, input } = JSON.parse(Buffer.concat(chunks).toString());
      const handler = machines.get(machine)?.[state];
      const answer = await Promise.resolve(handler?.(input)).then(
        (output) => ({ output }),
        ({ name, message }: Error) => ({ error: { name, message } }),
      );
      response.end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const { FunctionArn } = await lambda().send(
    new CreateFunctionCommand({
      FunctionName: "engine",
      Role: role,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Timeout: 60,
      Code: { ZipFile: await zipOf([{ name: "index.js", bytes: Buffer.from(code) }]) },
      Environment: { Variables: { TEST_URL: `http://127.0.0.1:${port}` } },
    }),
  );
  functionArn = FunctionArn ?? "";
});

afterAll(() => {
  server?.close();
  server?.closeAllConnections();
});

/** The machine with its tasks as calls of the function. */
function withFunction(asl: AslMachine, machine: string): AslMachine {
  const states = Object.entries(asl.States).map(([state, body]) => {
    const call = { Resource: functionArn, Parameters: { machine, state, "input.$": "$" } };
    return [state, body.Type === "Task" ? { ...body, ...call } : body];
  });
  return { ...asl, States: Object.fromEntries(states) };
}

/** Lambda packs what was thrown; the laptop has nothing to pack it in. */
function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== "object" || value === null) return value;
  // How a timeout is told in words is each engine's own; Bobbin reads its name.
  if ("Error" in value && value.Error === "States.Timeout") return { ...value, Cause: "States.Timeout" };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === "Cause" ? causeOf(String(inner)) : unpacked(inner)]),
  );
}

function causeOf(text: string): string {
  try {
    return JSON.parse(text).errorMessage ?? text;
  } catch {
    return text;
  }
}

describeAws("the same machines", () => {
  engineSuite("the emulated Step Functions", async (asl, input, handlers) => {
    made += 1;
    const name = `engine-${made}`;
    machines.set(name, handlers);
    const client = sfn();
    const definition = JSON.stringify(withFunction(asl, name));
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn: role }));
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    for (;;) {
      const {
        status,
        output,
        error = "",
        cause = "",
      } = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (status === "SUCCEEDED") return { status: "succeeded", output: unpacked(JSON.parse(output ?? "null")) };
      if (status !== "RUNNING") return { status: "failed", error, cause: causeOf(cause) };
      await wait(20);
    }
  });
});
