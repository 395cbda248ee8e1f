// bobbin verify: a release folder against a public key, offline; or a release of a stack against the stack's own key.
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { VerifyAnswer } from "../../contracts/answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type ReleaseReader, verifyRelease } from "../../core/registry/verify.ts";
import { type Context, openStack } from "../context.ts";
import { releaseIn } from "../release-reader.ts";
import { findRelease } from "../releases.ts";
import { plain } from "../text.ts";

/** Files of a folder by their names inside it; links and other things count as files, so that nothing hides. */
function folderReader(folder: string): ReleaseReader {
  return {
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
    },
    read: (name) => createReadStream(join(folder, name)),
  };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new BobbinError("KeyMissing", { path: file }, { cause });
  }
}

async function assertFolder(folder: string): Promise<void> {
  try {
    await readdir(folder);
  } catch (cause) {
    throw new BobbinError(
      "UsageWrong",
      { problem: `There is no release folder ${folder}.`, command: "verify" },
      { cause },
    );
  }
}

interface VerifyOptions {
  readonly key?: string;
  readonly fingerprint?: string;
}

interface Opened {
  /** Where the release lies. */
  readonly place: string;
  readonly reader: ReleaseReader;
  readonly publicKey: string;
}

async function openFolder(folder: string, key: string | undefined): Promise<Opened> {
  const place = resolve(folder);
  await assertFolder(place);
  if (key === undefined) {
    const problem = "A folder is checked against a public key from a place of its own: --key FILE.";
    throw new BobbinError("UsageWrong", { problem, command: "verify" });
  }
  return { place, reader: folderReader(place), publicKey: await readKey(key) };
}

/** The key never left KMS, so what it says of itself is as good as a file of one's own. */
async function openInStack(context: Context, version: string, key: string | undefined): Promise<Opened> {
  const account = await openStack(context);
  const { registry } = account.stores;
  const release = await findRelease(registry, version, context.configFile);
  const publicKey = key === undefined ? await (await account.signer()).publicKey() : await readKey(key);
  return { ...releaseIn(registry, release), publicKey };
}

export async function verify(
  context: Context,
  [what]: readonly [string],
  { key, fingerprint }: VerifyOptions,
): Promise<number> {
  const open = context.stack === null ? openFolder(what, key) : openInStack(context, what, key);
  const { place, reader, publicKey } = await open;
  const result = await verifyRelease(reader, publicKey, fingerprint);
  if (!result.ok) throw new BobbinError("VerifyFailed", result.difference);
  const { release } = result;
  const answer: VerifyAnswer = {
    schema: "bobbin/answer-verify/1",
    folder: place,
    model: release.model,
    version: release.version,
    fingerprint: result.fingerprint,
    files: release.files.length,
    releaseSha256: result.releaseSha256,
  };
  context.out.answer(answer, () => [
    `Verified: ${plain(release.model)} ${release.version}, ${release.files.length} files, signed by ${result.fingerprint}.`,
    `release.json  sha256 ${result.releaseSha256}`,
  ]);
  return 0;
}
