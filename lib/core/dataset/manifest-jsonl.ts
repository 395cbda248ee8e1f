// Reads JSON lines from the store as they stream in; what a line holds, the caller checks.
import { StringDecoder } from "node:string_decoder";
import { BobbinError } from "../../contracts/errors.ts";
import type { ObjectStore } from "../ports.ts";

/** @throws ObjectMissing, ObjectCorrupt where a line is not JSON */
export async function* jsonLines(store: ObjectStore, key: string): AsyncGenerator<unknown> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of store.stream(key)) {
    const lines = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield parsed(line, key);
  }
  rest += decoder.end();
  if (rest !== "") yield parsed(rest, key);
}

function parsed(line: string, key: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new BobbinError("ObjectCorrupt", { key, problem: "a line is not JSON" }, { cause });
  }
}
