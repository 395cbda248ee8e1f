// bobbin verify: a release folder against a public key, offline.
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { VerifyAnswer } from "../../contracts/answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type ReleaseReader, verifyRelease } from "../../core/registry/verify.ts";
import type { Context } from "../context.ts";
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

export async function verify(
  context: Context,
  [folder]: readonly [string],
  options: { key: string; fingerprint?: string },
): Promise<number> {
  const path = resolve(folder);
  await assertFolder(path);
  const result = await verifyRelease(folderReader(path), await readKey(options.key), options.fingerprint);
  if (!result.ok) throw new BobbinError("VerifyFailed", result.difference);
  const { release } = result;
  const answer: VerifyAnswer = {
    schema: "bobbin/answer-verify/1",
    folder: path,
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
