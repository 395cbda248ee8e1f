// bobbin upload: brings an export into a stack, where it starts a run.

import { basename, resolve } from "node:path";
import { sendUpload } from "../../aws/send-upload.ts";
import type { UploadAnswer } from "../../contracts/answers.ts";
import type { UploadPlace } from "../../contracts/layout.ts";
import { optionalTerms } from "../../core/steps/cloud-run.ts";
import type { Context } from "../context.ts";
import { openStack } from "../context.ts";
import { orInterrupted } from "../interrupt.ts";
import { loadConfig } from "../project.ts";
import { unfinishedOf } from "../unfinished.ts";

export interface UploadOptions {
  readonly mode?: "merge" | "replace";
  readonly annotator?: string;
  readonly retrain?: "now" | "later";
  readonly name?: string;
  readonly override?: string;
}

/**
 * A key segment of the export's name and the minute, so that the next export of that name is another upload; what a machine is started for
 * is sent again for the next one, so there the second counts.
 */
function uploadName(path: string, now: Date, place: UploadPlace): string {
  const plain = basename(path)
    .replace(/\.zip$/i, "")
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_-]+/g, "-");
  return `${plain || "upload"}-${now
    .toISOString()
    .slice(0, place === "exports" ? 19 : 16)
    .replace(/[-:]/g, "")}`;
}

/**
 * What Ctrl-C leaves half sent is gone on with the next time.
 *
 * @param place `incoming`, where it starts a run
 * @returns the key that was written last
 */
export async function send(
  context: Context,
  path: string,
  options: UploadOptions,
  place: UploadPlace = "incoming",
): Promise<string> {
  const [account, config] = [await openStack(context), await loadConfig(context.configFile)];
  let shown = -1;
  const sending = sendUpload(
    {
      place,
      path: resolve(path),
      dataset: config.dataset,
      name: options.name ?? uploadName(path, new Date(), place),
      terms: {
        mode: options.mode ?? "merge",
        retrain: options.retrain ?? "now",
        ...optionalTerms(options),
      },
      unfinished: unfinishedOf(context.configFile, path, { stack: context.stack ?? "", place }),
      sent(bytes, total) {
        const percent = Math.floor((100 * bytes) / Math.max(total, 1));
        if (percent === shown) return;
        shown = percent;
        const at = new Date().toISOString();
        context.out.events.emit({ kind: "work", at, what: "bytes sent", done: bytes, total });
      },
    },
    account,
  );
  return orInterrupted(sending, context.signal);
}

export async function upload(context: Context, [path]: readonly [string], options: UploadOptions): Promise<number> {
  const key = await send(context, path, options);
  const answer: UploadAnswer = { schema: "bobbin/answer-upload/1", key };
  context.out.answer(answer, () => [
    `Uploaded as ${key}; it starts a run${options.retrain === "later" ? " that takes it in without training" : ""}. Watch it: bobbin status --store ${context.options.store}`,
  ]);
  return 0;
}
