// `evaluate` on a stack: the release comes here, is checked, and is scored by this machine's trainer; what was found is kept in the stack.
import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BobbinError } from "../contracts/errors.ts";
import { dataKeys } from "../contracts/layout.ts";
import type { Release } from "../contracts/release.ts";
import { verifyRelease } from "../core/registry/verify.ts";
import type { EvaluateReleaseInput } from "../core/steps/evaluate-release.ts";
import { bringBack, fetchOrigin, fetchRelease } from "../local/borrow.ts";
import { type Evaluated, evaluateIn, inWorkplace, type Workplace, workApart } from "../local/evaluate.ts";
import { type Context, openStack } from "./context.ts";
import type { EvaluationPlaces } from "./evaluate-answer.ts";
import { trainerFolder } from "./paths.ts";
import { releaseIn } from "./release-reader.ts";
import { findRelease } from "./releases.ts";

export interface InStack {
  readonly evaluated: Evaluated;
  readonly places: EvaluationPlaces;
}

type Asked = Omit<EvaluateReleaseInput, "runId" | "release" | "joinStored">;

/**
 * @param fingerprint that the stack's key must have
 * @throws TrainerMissing, ReleaseMissing, VerifyFailed, StackMissing, CredentialsMissing and what `evaluateRelease` throws
 */
export async function evaluateInStack(
  context: Context,
  version: string,
  fingerprint: string | undefined,
  asked: Asked,
): Promise<InStack> {
  const { env, signal, out, configFile } = context;
  const workplace = await workApart(join(dirname(configFile), ".bobbin/evaluate"), env);
  return inWorkplace(workplace, signal, async () => {
    const account = await openStack(context);
    const named = await findRelease(account.stores.registry, version, configFile);
    await fetchRelease(named, account.stores.registry, workplace.stores.registry, signal);
    const publicKey = await (await account.signer()).publicKey();
    // From here on only the bytes that were checked count.
    const release = await checked(named, workplace, publicKey, fingerprint);
    await fetchOrigin(release, account.stores.data, workplace.stores.data, signal);
    const options = { env, signal, trainer: trainerFolder(), sink: out.events };
    const { runId, stores } = workplace;
    try {
      const evaluated = await evaluateIn(workplace, { ...asked, release, joinStored: false }, options);
      await bringBack(runId, stores, account.stores.data);
      const page = resolve(`evaluation_${release.version}_${runId}.html`);
      await writeFile(page, (await stores.data.get(dataKeys.extraEvaluation(runId, "report.html"))).bytes);
      const key = dataKeys.extraEvaluation(runId, "evaluation.json");
      return { evaluated, places: { evaluation: `s3://${account.outputs.DataBucket}/${key}`, report: page } };
    } catch (error) {
      if (error instanceof BobbinError) await bringBack(runId, stores, account.stores.data);
      throw error;
    }
  });
}

async function checked(
  named: Release,
  { stores }: Workplace,
  publicKey: string,
  fingerprint: string | undefined,
): Promise<Release> {
  const result = await verifyRelease(releaseIn(stores.registry, named).reader, publicKey, fingerprint);
  if (!result.ok) throw new BobbinError("VerifyFailed", result.difference);
  return result.release;
}
