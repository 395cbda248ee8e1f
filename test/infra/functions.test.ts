// The functions in the template: what a new account would refuse, what nobody may change under us, and what a log must not keep.
import { describe, expect, it } from "@jest/globals";
import { uploadRule } from "../../lib/contracts/cloud.ts";
import { functionEnvironment, guardEnvironment } from "../../lib/contracts/cloud-run.ts";
import { priceOfRequests, pricePerRun, pricePerTraining } from "../../lib/core/budget/price-table.ts";
import { arns } from "../support/iam/bobbin.ts";
import { only, plain, type Resource, resources, synthesise } from "../support/synth.ts";

const { main } = synthesise();
const functions = resources(main, "AWS::Lambda::Function").map(({ id, Properties }) => ({ id, ...Properties }));
const nameOf = ({ FunctionName }: (typeof functions)[number]) => FunctionName.replace("bobbin-thaal-", "");
/** Of all machines. */
const states = resources(main, "AWS::StepFunctions::StateMachine").flatMap(({ Properties }) =>
  Object.values<{ readonly Resource?: string; readonly TimeoutSeconds: number }>(
    JSON.parse(plain(Properties.DefinitionString)).States,
  ),
);
/** They decode or draw pictures, with a library that is built for one processor. */
const native = ["ingest", "publish"];

describe.each(functions.map((made) => [nameOf(made), made] as const))("the function %s", (name, made) => {
  it("fits an account of yesterday: 3,008 MB and ten calls at a time are all that it gets, and none of those may be reserved", () => {
    expect(made.MemorySize).toBeLessThanOrEqual(2_560);
    expect(made.ReservedConcurrentExecutions).toBeUndefined();
  });

  it("ends by itself, as every state that calls it does", () => {
    const callers = states.filter(({ Resource }) => Resource === `<${made.id}.Arn>`);
    // The guard has no state: rules and a schedule call it.
    expect(callers.length > 0).toBe(name !== "guard");
    for (const { TimeoutSeconds } of callers) expect(TimeoutSeconds).toBeGreaterThanOrEqual(made.Timeout);
    expect(made.Timeout).toBeLessThanOrEqual(900);
  });

  it("runs on Node 24, on ARM where nothing in it is built for another processor", () => {
    expect([made.Runtime, made.Handler, made.PackageType]).toEqual(["nodejs24.x", "index.handler", undefined]);
    expect(made.Architectures).toEqual([native.includes(name) ? "x86_64" : "arm64"]);
    expect(made.Layers).toBeUndefined();
  });

  it("is called under its own role", () => {
    expect(plain(made.Role)).toMatch(new RegExp(`^<Roles${name.replaceAll("-", "")}[0-9A-F]{8}\\.Arn>$`));
  });

  it("logs in JSON, into a log of its own that ends and is encrypted, and finds its errors' lines", () => {
    const log = resources(main, "AWS::Logs::LogGroup").find(({ id }) => made.LoggingConfig.LogGroup.Ref === id);
    expect(log?.Properties).toMatchObject({ LogGroupName: `/bobbin/thaal/${name}`, RetentionInDays: 30 });
    expect(log?.Properties.KmsKeyId).toBeDefined();
    expect(made.LoggingConfig.LogFormat).toBe("JSON");
    expect(made.Environment.Variables.NODE_OPTIONS).toBe("--enable-source-maps");
  });

  it("is told what it reads at its start, and no secret", () => {
    const { NODE_OPTIONS: _, ...told } = plain(made.Environment.Variables);
    const schema = name === "guard" ? functionEnvironment.extend(guardEnvironment.shape) : functionEnvironment;
    expect(schema.safeParse({ ...told, AWS_REGION: "us-east-1" }).error).toBeUndefined();
    const known = Object.keys(schema.shape);
    expect(Object.keys(told).filter((one) => !known.includes(one))).toEqual([]);
  });
});

const [guard] = functions.filter((made) => nameOf(made) === "guard");
const machines = resources(main, "AWS::StepFunctions::StateMachine");
const machineNamed = (name: string): Resource => {
  const found = machines.find(({ Properties }) => Properties.StateMachineName === `bobbin-thaal-${name}`);
  if (found === undefined) throw new RangeError(`no machine ${name}`);
  return found;
};
const rules = resources(main, "AWS::Events::Rule").map(({ id, Properties }) => ({ id, ...Properties }));
const targetsOf = ({ Targets }: (typeof rules)[number]) => Targets.map(({ Arn }: { Arn: object }) => plain(Arn));

describe("the guard", () => {
  const ofSource = (source: string) => {
    const found = rules.filter(({ EventPattern }) => EventPattern.source.includes(source));
    expect(found).toHaveLength(1);
    const [rule] = found;
    if (rule === undefined) throw new RangeError(`no rule for ${source}`);
    expect(targetsOf(rule)).toEqual([`<${guard?.id}.Arn>`]);
    const permissions = resources(main, "AWS::Lambda::Permission").map(({ Properties }) => plain(Properties));
    expect(permissions).toContainEqual({
      ...{ Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" },
      ...{ FunctionName: `<${guard?.id}.Arn>`, SourceArn: `<${rule.id}.Arn>` },
    });
    return plain(rule.EventPattern);
  };

  it("is called when an execution ends in a way that no Catch sees", () => {
    expect(ofSource("aws.states")).toEqual({
      ...{ source: ["aws.states"], "detail-type": ["Step Functions Execution Status Change"] },
      detail: {
        status: ["ABORTED", "TIMED_OUT", "FAILED"],
        stateMachineArn: ["train", "measure", "experiment"].map((name) => `<${machineNamed(name).id}.Arn>`),
      },
    });
  });

  it("is called when a job of the queue begins or has ended", () => {
    const queue = only(main, "AWS::Batch::JobQueue").id;
    expect(ofSource("aws.batch")).toEqual({
      ...{ source: ["aws.batch"], "detail-type": ["Batch Job State Change"] },
      detail: { status: ["RUNNING", "SUCCEEDED", "FAILED"], jobQueue: [`<${queue}.JobQueueArn>`] },
    });
  });

  it("looks at everything every fifteen minutes, since events get lost", () => {
    const schedule = only(main, "AWS::Scheduler::Schedule").Properties;
    expect([schedule.ScheduleExpression, schedule.State ?? "ENABLED"]).toEqual(["rate(15 minutes)", "ENABLED"]);
    expect(plain(schedule.Target.Arn)).toBe(`<${guard?.id}.Arn>`);
    expect(plain(schedule.Target.RoleArn)).toMatch(/^<Rolesscheduler/);
  });
});

describe("what a cut-off shuts", () => {
  it("is everything that starts a run by itself, and nothing that calls the guard", () => {
    const starts = (targets: readonly string[]) =>
      targets.some((target) => machines.some(({ id }) => target.includes(id)));
    expect(rules.filter((rule) => starts(targetsOf(rule))).map(({ Name }) => Name)).toEqual([uploadRule("thaal")]);
    const schedules = resources(main, "AWS::Scheduler::Schedule").map(({ Properties }) => plain(Properties.Target.Arn));
    expect(starts(schedules)).toBe(false);
    for (const rule of rules) expect(rule.State ?? "ENABLED").toBe("ENABLED");
  });

  it("is named as the guard and the command line name it", () => {
    expect(arns.uploadRule.endsWith(`:rule/${uploadRule("thaal")}`)).toBe(true);
    expect(guard?.Environment.Variables.BOBBIN_STACK).toBe("thaal");
  });
});

describe("the dashboard", () => {
  const { widgets } = JSON.parse(plain(only(main, "AWS::CloudWatch::Dashboard").Properties.DashboardBody));
  const queries: string[] = widgets.flatMap(
    ({ properties }: { properties: { query?: string } }) => properties.query ?? [],
  );

  it("draws what the budget stands at from the guard's own log, and no metric that is billed by the month", () => {
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      expect(query).toContain("SOURCE '/bobbin/thaal/guard' | filter message = \"money\"");
      for (const sum of ["cap", "committed", "promised", "settled", "left", "bill", "next"])
        expect(query).toContain(`(money.${sum} / 1000000) as ${sum}`);
    }
    const spaces = widgets.flatMap(({ properties }: { properties: { metrics?: string[][] } }) =>
      (properties.metrics ?? []).map(([space]) => space),
    );
    expect(new Set(spaces)).toEqual(new Set(["AWS/States", "AWS/Lambda"]));
  });
});

describe("a stack", () => {
  it("has log groups of its own name only, under the one prefix that the keys' policy speaks of", () => {
    const names = resources(main, "AWS::Logs::LogGroup").map(({ Properties }) => Properties.LogGroupName);
    const prefix = arns.logs.split(":log-group:")[1];
    for (const name of names) expect(name.startsWith(`${prefix}/`)).toBe(true);
  });
});

describe("what Admit promises for a run without its jobs", () => {
  /** Dollars of a second of a gigabyte, as AWS listed them for us-east-1 in November 2026. */
  const second: Readonly<Record<string, number>> = { x86_64: 0.0000166667, arm64: 0.0000133334 };
  const laps = 4;

  const callsOf = (machine: string) => {
    const { States } = JSON.parse(plain(machineNamed(machine).Properties.DefinitionString));
    return Object.entries<{ Resource?: string }>(States).flatMap(([state, { Resource }]) =>
      functions.filter(({ id }) => Resource === `<${id}.Arn>`).map((made) => ({ state, made })),
    );
  };
  const dollarsOf = (calls: ReturnType<typeof callsOf>) =>
    calls.reduce((sum, { made }) => {
      const times = nameOf(made) === "ingest" ? laps : 1;
      return sum + times * made.Timeout * (made.MemorySize / 1024) * (second[made.Architectures[0]] ?? Number.NaN);
    }, 0);
  const isLap = ({ state }: { readonly state: string }) => /^Reserve$|^Stage|^Collect/.test(state);

  it("of an experiment holds the calls of a lap, 5,000 requests and 25 changes of state for each training", () => {
    const lap = callsOf("experiment").filter(isLap);
    expect(lap).toHaveLength(5);
    const requests = priceOfRequests("us-east-1", { writes: 5_000, reads: 0 }) ?? Number.NaN;
    expect(dollarsOf(lap) * 1e6 + requests + 25 * 25).toBeLessThanOrEqual(pricePerTraining);
    const around = callsOf("experiment").filter((call) => !isLap(call));
    expect(dollarsOf(around)).toBeLessThan(dollarsOf(callsOf("train")));
  });

  it.each(["train", "measure"])(
    "%s: holds every call of a function at its longest, four laps of Ingest, and 50,000 requests that write",
    (name) => {
      const dollars = dollarsOf(callsOf(name));
      // Step Functions asks $0.025 for a thousand changes of state.
      const most =
        dollars * 1e6 + (priceOfRequests("us-east-1", { writes: 50_000, reads: 0 }) ?? Number.NaN) + 100 * 25;
      expect(dollars).toBeGreaterThan(0.2);
      expect(most).toBeLessThanOrEqual(pricePerRun);
    },
  );
});
