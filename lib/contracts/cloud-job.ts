// What a job on a rented machine is given: which files to bring into its folder, and the variables of its container.
// The supervisor, `containers/trainer/bobbin_job`, reads both by the generated JSON Schemas.
import * as z from "zod";
import { document, runId, sha256 } from "./common.ts";

const jobKind = z.enum(["train", "predict"]);

export const jobInput = document(
  "bobbin/job-inputs/1",
  "One line of inputs-<kind>.jsonl: a file of the job's folder, from a bucket or as text.",
  z.union([
    z.strictObject({ path: z.string().min(1), bucket: z.enum(["data", "registry"]), key: z.string().min(1), sha256 }),
    z.strictObject({ path: z.string().min(1), text: z.string() }),
  ]),
);

/** The same for every job of an account; they stand in the job definition. */
const accountVariables = {
  BOBBIN_DATA_BUCKET: z.string().min(3),
  BOBBIN_REGISTRY_BUCKET: z.string().min(3),
  /** A folder with room for all frames of a job; what lies in it from earlier jobs is removed. */
  BOBBIN_SCRATCH: z.string().startsWith("/"),
  AWS_REGION: z.string().min(1),
};
/** Of one start of one job; whoever submits it sets them. */
const startVariables = {
  BOBBIN_RUN_ID: runId,
  BOBBIN_JOB: jobKind,
  /** This start ends itself after so long: seconds from the moment it begins, however long it waited for its machine. */
  BOBBIN_TRY_SECONDS: z.string().regex(/^[1-9][0-9]{1,6}$/),
  /** The latest moment of all, at which nobody waits for the job any more: seconds since 1970. */
  DEADLINE_EPOCH: z.string().regex(/^[1-9][0-9]{8,10}$/),
};

export const jobEnvironment = document(
  "bobbin/job-environment/1",
  "The variables of a job's container.",
  z.strictObject({ ...accountVariables, ...startVariables }),
);
export type AccountVariables = { readonly [Name in keyof typeof accountVariables]: string };
export type StartVariables = { readonly [Name in keyof typeof startVariables]: string };
