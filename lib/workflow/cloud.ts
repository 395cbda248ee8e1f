// A machine as Step Functions runs it. The states are those of lib/workflow; what a laptop does in one state takes several here:
// a job is staged, run by Batch and collected, the image is looked for and built where it is missing.
import { type AslMachine, toAsl } from "./asl.ts";
import type { Machine } from "./machine.ts";

export interface CloudPlace {
  /** ARN of the function of a step. */
  readonly functionArn: (name: string) => string;
  readonly jobQueue: string;
  readonly jobDefinition: string;
  readonly imageProject: string;
  readonly imageRepository: string;
  readonly imageTag: string;
  /** The longest that a job may take with all its tries, waiting for a machine included. */
  readonly jobSeconds: number;
}

type Json = Readonly<Record<string, unknown>>;
type States = Record<string, Json>;

/** Steps that are a job on a rented machine, the job's kind, and the function that reads its answer. */
interface JobOf {
  readonly kind: "train" | "predict";
  readonly collect: string;
}
const jobs: Readonly<Record<string, JobOf>> = {
  train: { kind: "train", collect: "collect" },
  predict: { kind: "predict", collect: "collect" },
  predictMeasure: { kind: "predict", collect: "collect" },
  trainTrial: { kind: "train", collect: "collect-trial" },
  predictTrial: { kind: "predict", collect: "collect-trial" },
};
const buildSeconds = 3600;

/** The function of a step: `reserveTrial` is lambdas/reserve-trial. */
const functionOf = (step: string) => step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const stageOf = (state: string) => `Stage${state}`;
const collectOf = (state: string) => `Collect${state}`;
/** Where the machine's own targets lead here. */
const doors: Readonly<Record<string, string>> = {
  Train: stageOf("Train"),
  Predict: stageOf("Predict"),
  BuildImage: "FindImage",
};

/** What every function is called with: see `functionCall` of the contracts. */
const call = (more: Json = {}): Json => ({ "input.$": "$", "execution.$": "$$.Execution.Id", ...more });

export function cloudAsl(machine: Machine<string, string>, place: CloudPlace): AslMachine {
  const plain = toAsl(machine, (step, TimeoutSeconds) => ({
    // A job is no function; its states are made below.
    Resource: step in jobs ? "" : place.functionArn(functionOf(step)),
    TimeoutSeconds,
    Parameters: call(),
  }));
  const states: States = {};
  for (const [name, state] of Object.entries(plain.States)) {
    const here = redirected(state);
    const job = jobOf(machine, name);
    if (job !== undefined) Object.assign(states, jobStates(name, job, here, place));
    else if (name === "BuildImage") Object.assign(states, imageStates(here, place));
    else states[name] = here;
  }
  return { ...plain, States: states };
}

function jobOf({ states }: Machine<string, string>, name: string): JobOf | undefined {
  const state = states[name];
  return state?.kind === "step" ? jobs[state.step] : undefined;
}

const door = (target: unknown) => doors[String(target)] ?? target;

/** The state with its targets moved to the doors. */
function redirected(state: Json): Json {
  const next: Record<string, unknown> = { ...state };
  for (const field of ["Next", "Default"]) if (field in next) next[field] = door(next[field]);
  for (const field of ["Choices", "Catch"]) {
    const list = next[field];
    if (Array.isArray(list)) next[field] = list.map((one: Json) => ({ ...one, Next: door(one.Next) }));
  }
  return next;
}

function jobStates(name: string, { kind, collect }: JobOf, whole: Json, place: CloudPlace): States {
  const { Catch, Next, Retry, ResultPath, ...rest } = whole;
  const again = Array.isArray(Retry) ? Retry.slice(0, 1) : [];
  const step = (step: string, result: string, next: unknown): Json => ({
    Type: "Task",
    Resource: place.functionArn(step),
    TimeoutSeconds: 900,
    Parameters: call({ job: kind }),
    ResultPath: result,
    Retry: again,
    Catch,
    Next: next,
  });
  return {
    [stageOf(name)]: step("stage", "$.stage", name),
    // However it ended, the job's own answer in the store says what happened.
    [name]: {
      ...rest,
      Resource: "arn:aws:states:::batch:submitJob.sync",
      TimeoutSeconds: place.jobSeconds,
      Parameters: submission(kind, place),
      ResultSelector: { "jobId.$": "$.JobId" },
      ResultPath: "$.job",
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.job", Next: collectOf(name) }],
      Next: collectOf(name),
    },
    [collectOf(name)]: step(collect, String(ResultPath), Next),
  };
}

/** Without `attempts`: Batch would then not look at the reasons that the definition retries by. */
function submission(kind: string, place: CloudPlace): Json {
  const variables = ["BOBBIN_RUN_ID", "BOBBIN_JOB", "BOBBIN_TRY_SECONDS", "DEADLINE_EPOCH"];
  return {
    "JobName.$": `States.Format('{}-${kind}-{}', $.stage.BOBBIN_RUN_ID, $.stage.attempt)`,
    JobQueue: place.jobQueue,
    JobDefinition: place.jobDefinition,
    // Of each try, from its own start: Batch counts no waiting.
    Timeout: { "AttemptDurationSeconds.$": "$.stage.attemptSeconds" },
    ContainerOverrides: { Environment: variables.map((Name) => ({ Name, "Value.$": `$.stage.${Name}` })) },
  };
}

/** The image has its content's digest as tag, so one that is there is the right one. */
function imageStates(pass: Json, place: CloudPlace): States {
  const caught = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Settle" }];
  return {
    FindImage: {
      Type: "Task",
      Resource: "arn:aws:states:::aws-sdk:ecr:describeImages",
      TimeoutSeconds: 60,
      Parameters: { RepositoryName: place.imageRepository, ImageIds: [{ ImageTag: place.imageTag }] },
      ResultPath: null,
      Retry: [{ ErrorEquals: ["Ecr.ServerException"], MaxAttempts: 4, IntervalSeconds: 1, BackoffRate: 2 }],
      Catch: [{ ErrorEquals: ["Ecr.ImageNotFoundException"], ResultPath: null, Next: "BuildImage" }, ...caught],
      Next: pass.Next,
    },
    BuildImage: {
      Type: "Task",
      Resource: "arn:aws:states:::codebuild:startBuild.sync",
      TimeoutSeconds: buildSeconds,
      Parameters: { ProjectName: place.imageProject },
      // That it was built, Settle has to know.
      ResultPath: "$.image",
      Catch: caught,
      Next: pass.Next,
    },
  };
}
