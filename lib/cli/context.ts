// What every command gets: its options, where to print, and how to open the pipeline. Heavy modules load when they are asked for.
import { dirname, join, resolve } from "node:path";
import type { Account } from "../aws/account.ts";
import { BobbinError } from "../contracts/errors.ts";
import type { Signer } from "../core/ports.ts";
import type { Pipeline } from "../local/pipeline.ts";
import { syncedBy } from "../local/store/synced.ts";
import { environmentFolder, keyFile, trainerFolder } from "./paths.ts";
import type { Output } from "./render.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly store: string;
  readonly config: string;
  readonly env?: string;
}

export interface Context {
  readonly options: GlobalOptions;
  readonly out: Output;
  /** Name of the stack that `--store aws:NAME` or `--store s3` means; null where the store is a folder of this machine. */
  readonly stack: string | null;
  /** Absolute paths of the store, the config and the trainer's environment. */
  readonly store: string;
  readonly configFile: string;
  readonly env: string;
  /** Aborted by the first Ctrl-C; a second one ends the process. */
  readonly signal: AbortSignal;
}

/** @throws SettingsMissing, ConfigInvalid where the store is `s3` and nothing here says of which stack */
export async function createContext(options: GlobalOptions, out: Output, signal: AbortSignal): Promise<Context> {
  const configFile = resolve(options.config);
  const stack = await stackOf(options.store, configFile);
  return {
    options,
    out,
    stack,
    get store() {
      if (stack !== null) throw notInAws();
      return resolve(options.store);
    },
    configFile,
    env: environmentFolder(options.env, dirname(configFile)),
    signal,
  };
}

/** `aws:NAME` names a stack, `s3` means the one that the settings beside the config speak of; everything else is a folder. */
async function stackOf(store: string, configFile: string): Promise<string | null> {
  if (store !== "s3") return /^aws:(.+)$/.exec(store)?.[1] ?? null;
  const { readCloudSettings } = await import("./cloud-settings.ts");
  return readCloudSettings(join(dirname(configFile), "bobbin.cloud.json")).name;
}

function notInAws(): BobbinError {
  const problem = "A path of this machine is wanted, and the store is a stack in AWS.";
  return new BobbinError("UsageWrong", { problem, command: "run" });
}

/** A signer that opens the key when it is first asked: commands that sign nothing need no key. */
function lazySigner(open: () => Promise<Signer>): Signer {
  let opened: Promise<Signer> | null = null;
  const signer = () => {
    opened ??= open();
    return opened;
  };
  return {
    fingerprint: async () => (await signer()).fingerprint(),
    publicKey: async () => (await signer()).publicKey(),
    sign: async (bytes) => (await signer()).sign(bytes),
  };
}

/** What both kinds of store answer. */
export type Store = Pick<Pipeline, "stores" | "runs" | "status">;

/** The store of this command, wherever it is, to be read and added to. @throws StackMissing, CredentialsMissing */
export async function openStore(context: Context): Promise<Store> {
  return context.stack === null ? openPipeline(context) : openStack(context);
}

/** The stack of this command. @throws UsageWrong where the store is a folder; StackMissing, CredentialsMissing */
export async function openStack({ stack, options }: Context): Promise<Account> {
  if (stack === null) {
    const problem = `It works on a stack in AWS, and ${options.store} is a folder: --store aws:NAME.`;
    throw new BobbinError("UsageWrong", { problem, command: "upload" });
  }
  const { openAccount } = await import("../aws/account.ts");
  return openAccount(stack);
}

/** Opens the laptop's pipeline on the store of this command. @throws UsageWrong where the store is in AWS */
export async function openPipeline(context: Context): Promise<Pipeline> {
  const { createPipeline } = await import("../local/pipeline.ts");
  const drive = syncedBy(context.store);
  if (drive !== null)
    context.out.say(
      `Warning: the store ${context.store} lies in ${drive}, which copies and renames behind its back; choose another folder with --store.`,
    );
  return createPipeline({
    store: context.store,
    env: context.env,
    trainer: trainerFolder(),
    sink: context.out.events,
    signer: lazySigner(async () => {
      const [{ loadConfig }, { openLocalSigner }] = await Promise.all([
        import("./project.ts"),
        import("../local/signer/local-signer.ts"),
      ]);
      const config = await loadConfig(context.configFile);
      return openLocalSigner(keyFile(context.configFile, config.project), config.signingKey?.fingerprint);
    }),
  });
}
