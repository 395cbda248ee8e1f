// A process that writes into a folder store: `node store-writer.ts FOLDER NAME ROUNDS`. Prints `ack N` for every counter it was
// told is written, and `won KEY` for every key it was first to create. Rounds 0: for ever, to be killed.
import * as z from "zod";
import { isBobbinError } from "../../lib/contracts/errors.ts";
import { change } from "../../lib/core/registry/cas.ts";
import { openFolderStore } from "../../lib/local/store/folder-store.ts";

const schema = z.strictObject({ counts: z.record(z.string(), z.int()), nonce: z.string() });
const [folder = "", name = "", rounds = "0"] = process.argv.slice(2);
const store = openFolderStore(folder, { deferred: ["frames/"] });
const say = (text: string) => process.stdout.write(`${text}\n`);

for (let round = 1; rounds === "0" || round <= Number(rounds); round += 1) {
  await change<z.infer<typeof schema>>({
    store,
    key: "ledger/shared.json",
    schema,
    nonce: `${name}/${round}`,
    decide: (current) => ({ counts: { ...current?.counts, [name]: round }, nonce: "" }),
  });
  say(`ack ${round}`);
  for (const key of [`runs/one-of-many-${round}`, `frames/${round}`]) {
    try {
      // The body tells whether it is whole: its own length, repeated.
      await store.create(key, Buffer.from(`${name}:`.repeat(2000)));
      say(`won ${key}`);
    } catch (error) {
      if (!isBobbinError(error, "ObjectExists")) throw error;
    }
  }
}
