// Everything the domain needs from outside, as interfaces. They come in as the last argument; nothing in lib/core makes one.
// One behaviour suite a port (test/ports) runs on every implementation.
import type { Job, ProgressEvent, Result } from "../contracts/job.ts";
import type { RunRequest } from "../contracts/run.ts";

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Changes with every write that changes the bytes; what is compared and swapped carries a nonce, so that each write does. */
  readonly etag: string;
}

export interface ObjectHead {
  readonly bytes: number;
  readonly etag: string;
}

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** A bucket: S3, or a folder. Nothing half-written is ever seen; nothing is overwritten but by `replace`. */
export interface ObjectStore {
  /** @throws ObjectMissing */
  get(key: string): Promise<StoredObject>;
  /** Bytes [start, end) of an object; to its end where `end` is absent. @throws ObjectMissing */
  stream(key: string, start?: number, end?: number): AsyncIterable<Uint8Array>;
  head(key: string): Promise<ObjectHead | null>;
  /** Writes a key that does not exist yet; returns its etag. @throws ObjectExists */
  create(key: string, body: Body): Promise<string>;
  /** Writes a key only while its etag is still `etag`; returns the new one. @throws ObjectChanged, ObjectMissing */
  replace(key: string, body: Uint8Array, etag: string): Promise<string>;
  /** Keys that start with `prefix`, in code point order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

/** The two buckets: data is erasable, the registry is for ever. */
export interface Stores {
  readonly data: ObjectStore;
  readonly registry: ObjectStore;
}

export interface Clock {
  now(): Date;
}

export interface Ids {
  /** A ULID, rising within a process. */
  next(): string;
}

/** ECDSA P-256 with SHA-256 over raw bytes: KMS or a local key. */
export interface Signer {
  /** `SHA256:` and the hex digest of the public key's DER (SPKI). */
  fingerprint(): Promise<string>;
  /** The public half, SPKI in PEM. */
  publicKey(): Promise<string>;
  /** DER signature over `bytes` (at most 4,096). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface EventSink {
  emit(event: ProgressEvent): void;
}

/** A file a job needs: at `path` in the job's folder, with these bytes. */
export type JobInput =
  | { readonly path: string; readonly bucket: keyof Stores; readonly key: string; readonly sha256: string }
  | { readonly path: string; readonly text: string };

/** Runs a trainer job to its end: Batch, or a child process. The job is resumed where it stopped. */
export interface Jobs {
  /**
   * @param inputs every file the job's folder must hold before it starts
   * @returns the result document, whose files then lie in the data bucket under `runs/<id>/<kind>/`
   * @throws the trainer's named error, JobFailed
   */
  run(job: Job, inputs: Iterable<JobInput>): Promise<Exclude<Result, { status: "failed" }>>;
}

/** One decoded image: 64-bit perceptual hash. */
export interface ImageProbe {
  /**
   * Decodes the whole image. Results come in the order of the inputs.
   * A broken image gives `problem` instead of `phash` and `thumb`.
   */
  decode(images: AsyncIterable<{ readonly key: string }>): AsyncIterable<{
    readonly key: string;
    readonly phash: string | null;
    readonly thumb: string | null;
    readonly problem: string | null;
  }>;
}

/** One file of an export. `name` is as the export has it, `/` between folders. */
export interface ExportEntry {
  readonly name: string;
  readonly bytes: number;
  /**
   * The whole file; for images and small label files.
   * @param scratch memory that the file may be read into, where it has room: then the bytes are good until it is used again
   */
  read(scratch?: Uint8Array): Promise<Uint8Array>;
  /** As a stream; for label files of any size. */
  stream(): AsyncIterable<Uint8Array>;
}

/** An export: a zip or a folder, opened once; entries in the order of the archive, files only. */
export interface ExportSource {
  readonly name: string;
  readonly kind: "zip" | "folder";
  entries(): readonly ExportEntry[];
  /** SHA-256 of the zip's bytes; of the sorted (name, bytes, digest) list for a folder. */
  sha256(): Promise<string>;
  close(): Promise<void>;
}

/** Tells people. */
export interface Notifier {
  /** @param subject one line @param id of what is told: people hear it once, whoever comes to tell it again */
  tell(subject: string, text: string, id?: string): Promise<void>;
  /**
   * Writes down what is to be told: from then on people will hear it, whatever becomes of the caller. Absent where nobody has to wait for it.
   * @returns tells it now
   */
  announce?(subject: string, text: string, id: string): Promise<() => Promise<void>>;
}

/** Opens what a run's request points at. @throws ExportMissing, ArchiveInvalid */
export interface Exports {
  open(source: RunRequest["source"]): Promise<ExportSource>;
}

/** One execution of a machine; its name is a run's id and try, so that it says what it ran. */
export interface ExecutionId {
  readonly machine: RunRequest["machine"];
  readonly name: string;
}

export interface Execution {
  readonly status: "running" | "succeeded" | "failed" | "timedOut" | "stopped";
  /** UTC, ISO 8601; `endedAt` is null while it runs. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Why it ended, where it did not succeed and said so. */
  readonly error: { readonly name: string; readonly cause: string } | null;
}

/** One line of an execution's history. */
export interface ExecutionEvent {
  readonly at: string;
  /** As the engine calls it, e.g. `TaskStateEntered`. */
  readonly type: string;
  /** The state it happened in, where it says so. */
  readonly state: string | null;
  readonly error: { readonly name: string; readonly cause: string } | null;
}

export interface RunningExecution {
  readonly name: string;
  readonly arn: string;
  readonly input: unknown;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
}

/** Executions of the machines: Step Functions. A stopped or timed-out one ran no Catch: whoever watches settles for it. */
export interface Executions {
  /** Starts it once: asked again under the same name, it does nothing, also where the answer was lost. */
  start(id: ExecutionId, input: object): Promise<void>;
  /** Stops it and what it waits for; nothing where it has ended. @throws ExecutionMissing */
  stop(id: ExecutionId, why: { readonly name: string; readonly cause: string }): Promise<void>;
  /** null where there is none of that name. */
  describe(id: ExecutionId): Promise<Execution | null>;
  /** True while any execution of the machine runs. */
  anyRunning(machine: ExecutionId["machine"]): Promise<boolean>;
  /** All that run, with what they were started with: one that an event started has a name that says nothing. */
  running(machine: ExecutionId["machine"]): AsyncIterable<RunningExecution>;
  /** From its first event. @throws ExecutionMissing */
  history(id: ExecutionId): AsyncIterable<ExecutionEvent>;
}

/** Reads the request a run was started with: the laptop's command line wrote it; in the cloud Admit puts it together. */
export interface Requests {
  read(runId: string): Promise<RunRequest>;
}

/** A job that has not ended. */
export interface LiveJob {
  readonly id: string;
  readonly name: string;
  /** It has a machine, and works. */
  readonly isRunning: boolean;
  /** UTC, ISO 8601; of its present try, null where that has not begun. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  /** The latest moment of all, as it was told; null where it was told none. */
  readonly deadline: string | null;
}

/** The queue of rented machines: Batch. */
export interface JobQueue {
  /** Jobs in every status that is not an end. */
  live(): Promise<readonly LiveJob[]>;
  /** Asks a job to end, whatever its status; nothing where it has ended. */
  terminate(id: string, why: string): Promise<void>;
  /** When the last of its jobs ended; null where none is remembered. */
  lastEnd(): Promise<string | null>;
}

/** Machines that are up, by the account's own word. */
export interface Instances {
  up(): Promise<readonly { readonly id: string; readonly since: string }[]>;
  terminate(id: string): Promise<void>;
}

/** By what runs and jobs come in: what starts executions by itself, and the queue. */
export interface Doors {
  shutStarts(): Promise<void>;
  shutQueue(): Promise<void>;
  /** Both, the queue first: what comes in finds a way on. */
  open(): Promise<void>;
}

/** What AWS says that the account has cost. */
export interface Bill {
  /** Micro-dollars since the budget's start; null where nobody watches. */
  read(): Promise<number | null>;
}
