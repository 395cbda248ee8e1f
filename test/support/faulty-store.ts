// An ObjectStore with faults put in: slow, refused, or applied with the answer lost.
import type { Body, ObjectStore } from "../../lib/core/ports.ts";

export type Operation = "get" | "head" | "create" | "replace";
export interface Fault {
  readonly operation: Operation;
  /** Part of the key; absent: every key. */
  readonly key?: string;
  /** `refused`: nothing happened. `lost`: it happened, and the caller sees an error. `slow`: it happens late. */
  readonly kind: "refused" | "lost" | "slow";
  /** How often; then the store is well again. @default 1 */
  readonly times?: number;
}

/** What a network or a disk says; none of Bobbin's own names. */
export class StoreUnreachable extends Error {
  override readonly name = "StoreUnreachable";
}

export class FaultyStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #faults: { fault: Fault; left: number }[];
  /** Every operation asked for, in order. */
  readonly asked: string[] = [];

  constructor(store: ObjectStore, faults: readonly Fault[]) {
    this.#store = store;
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? 1 }));
  }

  get = (key: string) => this.#through("get", key, () => this.#store.get(key));
  head = (key: string) => this.#through("head", key, () => this.#store.head(key));
  create = (key: string, body: Body) => this.#through("create", key, () => this.#store.create(key, body));
  replace = (key: string, body: Uint8Array, etag: string) =>
    this.#through("replace", key, () => this.#store.replace(key, body, etag));
  stream = (key: string, start?: number, end?: number) => this.#store.stream(key, start, end);
  list = (prefix: string) => this.#store.list(prefix);

  async #through<T>(operation: Operation, key: string, work: () => Promise<T>): Promise<T> {
    this.asked.push(`${operation} ${key}`);
    const found = this.#faults.find(
      ({ fault, left }) => left > 0 && fault.operation === operation && key.includes(fault.key ?? ""),
    );
    if (found === undefined) return work();
    found.left -= 1;
    const { kind } = found.fault;
    if (kind === "refused") throw new StoreUnreachable(`${operation} ${key}: refused`);
    if (kind === "slow") await new Promise((resolve) => setTimeout(resolve, 20));
    const answer = await work();
    if (kind === "lost") throw new StoreUnreachable(`${operation} ${key}: the answer was lost`);
    return answer;
  }
}
