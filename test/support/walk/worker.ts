// A process of process-pool.ts: `node worker.ts FOLDER`, spoken to over its channel. One function at a time.
import { openStores } from "../../../lib/local/store/open.ts";
import { type Ask, worldOf } from "../model/process.ts";
import { programOf, settingOf } from "../model/programs.ts";
import type { Said, Told } from "./process-pool.ts";
import { type End, failureOf, look, lookAndLose } from "./work.ts";

const stores = openStores(process.argv[2] ?? "");
let asked: { readonly number: number; readonly ask: Ask; readonly answered: (answer: Promise<unknown>) => void }[] = [];
let end: End | null = null;
let numbers = 0;

const say = (said: Said) => process.send?.(said);
const nextTurn = () => new Promise((turn) => setImmediate(turn));

async function tellWhereIAm(): Promise<void> {
  await nextTurn();
  say(end === null ? { asks: asked.map(({ number, ask }) => ({ number, ask })) } : { end });
}

async function hear(told: Told): Promise<void> {
  if ("begin" in told) {
    asked = [];
    end = null;
    const world = worldOf(
      (ask) =>
        new Promise((settle) => {
          numbers += 1;
          asked.push({ number: numbers, ask, answered: settle as never });
        }),
    );
    programOf(
      told.begin,
      told.skew,
      told.next,
      settingOf(told.cap),
    )(world).then(
      (done) => {
        end = { done: done ?? null };
      },
      (error) => {
        end = failureOf(error);
      },
    );
    return tellWhereIAm();
  }
  const one = asked.find(({ number }) => number === told.through);
  if (one === undefined) throw new RangeError("nobody asks that");
  asked = asked.filter((other) => other !== one);
  const { pass } = told;
  const answer =
    pass.how === "answer" ? Promise.resolve(pass.value) : (pass.how === "lose" ? lookAndLose : look)(one.ask, stores);
  one.answered(answer);
  await answer.catch(() => undefined);
  return tellWhereIAm();
}

process.on("message", (told: Told) => {
  hear(told).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
