// Reserve: what will be trained and called what, what it may cost at most, and whether a release of the very same exists.
import { type BaseWeights, baseWeights } from "../../contracts/base-weights.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Prices } from "../../contracts/ledger.ts";
import type { MeasuredBefore } from "../../contracts/measurement.ts";
import type { Release } from "../../contracts/release.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { commitPromise } from "../budget/book.ts";
import { checkFits } from "../budget/forecast.ts";
import type { Promised } from "../budget/ledger.ts";
import { worstCaseOfJobs } from "../budget/worst-case.ts";
import { canonicalJson } from "../config/canonical.ts";
import type { Clock, ObjectStore, Stores } from "../ports.ts";
import { findDocument, readDocument } from "../registry/cas.ts";
import { numberRecipe } from "../registry/recipes.ts";
import { nextVersion, type Releases, readReleases } from "../registry/versions.ts";
import { orRejected } from "./admit.ts";
import { forecastOf } from "./estimate.ts";
import { giveBackIfEnded, runEnded } from "./late.ts";
import { whyLater } from "./one-for-all.ts";
import type { ReserveOutput, SplitOutput, TrainInput } from "./types.ts";

/** The trainer that the jobs would run in. */
export interface TrainerInfo {
  /** As its results name it. */
  version(): Promise<string>;
}

export interface ReservePorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly prices: Prices;
  readonly trainer: TrainerInfo;
  /** The newest measurement that speaks for a first training of this request; absent: this place does not measure. */
  readonly measured?: (request: RunRequest, baseSha256: string) => Promise<MeasuredBefore | null>;
}

/** @throws BaseWeightsMissing with the command that adds them; RunEnded where this try was settled for */
export async function reserve(input: TrainInput, ports: ReservePorts): Promise<ReserveOutput> {
  const { runId, split } = input;
  if (split === undefined) throw new RangeError("Reserve comes after Split");
  const { data, registry } = ports.stores;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const { config, recipe } = request;
  const why = await whyLater(request, registry);
  if (why !== null) return { outcome: "later", reason: why };
  const base = await baseOf(config.architecture, data);
  const releases = await readReleases(registry, config.model);
  const measured = releases.all.length > 0 ? null : ((await ports.measured?.(request, base.sha256)) ?? null);
  if (measured?.answer === "sufficient" && measured.override === null) return unneeded(measured);
  const trainer = await ports.trainer.version();
  const twin = await sameRelease(releases, { request, split, base, trainer }, data);
  if (twin !== null) return { outcome: "skipped", version: twin };
  const used = { sha256: request.recipeSha256, name: recipe.name, runId };
  const number = await numberRecipe(registry, config.model, used);
  const foreseen = await forecastOf(releases.all, request, split, data);
  const wanted = promises(request, input.attempt ?? 1, ports);
  return orRejected(async () => {
    if (foreseen !== null) checkFits(foreseen, recipe);
    const nonce = `${runId}/Reserve/${input.attempt ?? 1}`;
    await commitPromise(registry, config.budget, wanted, nonce, ports.prices.idleMonth);
    if (await giveBackIfEnded(input, ["image", "jobs"], config.budget, ports)) throw runEnded(runId);
    return {
      outcome: "reserved",
      version: nextVersion(releases, { ...config, classes: trainedClasses(request) }),
      recipe: number,
      base: { name: base.name, sha256: base.sha256, official: base.official },
      promised: wanted.reduce((sum, { amount }) => sum + amount, 0),
      predictedSeconds: foreseen?.seconds ?? null,
      ...(measured === null ? {} : { measured }),
    };
  });
}

/** The worst case of all that comes after Reserve. */
function promises({ runId, recipe }: RunRequest, attempt: number, ports: ReservePorts): [Promised, ...Promised[]] {
  const { timeoutSeconds } = recipe;
  const { tries = 1 } = ports.prices;
  const base = { runId, attempt, at: ports.clock.now().toISOString() };
  const evidence = `train and predict, at most ${tries} × ${timeoutSeconds} seconds each`;
  const amount = worstCaseOfJobs(timeoutSeconds, ports.prices);
  const jobs = { ...base, item: "jobs", amount, evidence } as const;
  return [jobs, ...imagePromise(base, ports.prices)];
}

/** What a build of the image may cost; nothing where jobs run in none. */
export function imagePromise(base: Pick<Promised, "runId" | "attempt" | "at">, { image = 0 }: Prices): Promised[] {
  if (image === 0) return [];
  return [{ ...base, item: "image", amount: image, evidence: "a build of the trainer's image, where it is missing" }];
}

/** Only a measured `sufficient` stands in the way of a first training, and only until a person says why it is wanted all the same. */
function unneeded({ runId, reason }: MeasuredBefore): ReserveOutput {
  const error = new BobbinError("TrainingUnneeded", { runId, reason });
  return { outcome: "rejected", error: error.name, reason: error.message, data: { ...error.data } };
}

/** The classes that are trained, in order: the recipe's choice, or all. */
export function trainedClasses({ config, recipe }: Pick<RunRequest, "config" | "recipe">): readonly string[] {
  return recipe.classes ?? config.classes.map(({ name }) => name);
}

export const baseAddCommand = (name: string) => `bobbin base add ${name}.pt --name ${name}`;

/**
 * Weights of masks are made from those of boxes where the store has no others: `yolov8n` for `yolov8n-seg`.
 * @throws BaseWeightsMissing
 */
export async function baseOf(name: string, data: ObjectStore): Promise<BaseWeights> {
  for (const each of new Set([name, name.replace(/-seg$/, "")])) {
    const pointer = await findDocument(data, dataKeys.baseName(each), baseWeights);
    if (pointer !== null && (await data.head(dataKeys.baseWeights(pointer.value.sha256))) !== null)
      return pointer.value;
  }
  throw new BobbinError("BaseWeightsMissing", { name, command: baseAddCommand(name) });
}

interface Wanted {
  readonly request: RunRequest;
  readonly split: SplitOutput;
  readonly base: BaseWeights;
  readonly trainer: string;
}

/** The newest release that this run would only make again; null where there is none. */
async function sameRelease(releases: Releases, wanted: Wanted, data: ObjectStore): Promise<string | null> {
  for (const release of [...releases.all].reverse()) {
    if (sameInputs(release, wanted) && (await sameClasses(release, wanted.request, data))) return release.version;
  }
  return null;
}

function sameInputs(release: Release, { request, split, base, trainer }: Wanted): boolean {
  return (
    release.dataset.manifestSha256 === split.manifestSha256 &&
    release.recipe.sha256 === request.recipeSha256 &&
    release.base.sha256 === base.sha256 &&
    release.trainer.version === trainer &&
    release.trainer.device === request.device &&
    release.task === request.config.task &&
    release.architecture === request.config.architecture
  );
}

/** Names alone do not tell which labels were taken for a class: that stands in the request of the run that made the release. */
async function sameClasses(release: Release, request: RunRequest, data: ObjectStore): Promise<boolean> {
  if (canonicalJson(release.classes) !== canonicalJson(trainedClasses(request))) return false;
  try {
    const { value: earlier } = await readDocument(data, dataKeys.request(release.runId), runRequest);
    const meaning = ({ config }: RunRequest) =>
      canonicalJson([config.classes, config.ignore, [...(config.conversions ?? [])].sort()]);
    return meaning(earlier) === meaning(request);
  } catch (error) {
    if (isBobbinError(error, "ObjectMissing")) return false;
    throw error;
  }
}
