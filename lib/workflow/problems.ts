// What is wrong with a machine that types cannot see. Empty for every machine that Bobbin ships; a test asks for all of them.
import { type Machine, type State, targetsOf } from "./machine.ts";

/** Problems in words, each naming its state. */
export function machineProblems(machine: Machine): readonly string[] {
  const names = Object.keys(machine.states);
  const unknown = names.flatMap((name) =>
    targetsOf(stateOf(machine, name))
      .filter((target) => !Object.hasOwn(machine.states, target))
      .map((target) => `${name} leads to ${target}, which does not exist`),
  );
  const start = Object.hasOwn(machine.states, machine.start) ? [] : [`the start ${machine.start} does not exist`];
  if (unknown.length + start.length > 0) return [...start, ...unknown];
  return [
    ...unreached(machine),
    ...endless(machine),
    ...unset(machine),
    ...names.flatMap((name) => local(machine, name)),
  ];
}

function stateOf(machine: Machine, name: string): State<string, string> {
  const state = machine.states[name];
  if (state === undefined) throw new RangeError(`no state ${name}`);
  return state;
}

function unreached(machine: Machine): string[] {
  const seen = new Set<string>();
  const ahead = [machine.start];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    ahead.push(...targetsOf(stateOf(machine, name)));
  }
  return Object.keys(machine.states)
    .filter((name) => !seen.has(name))
    .map((name) => `${name} is reached by nobody`);
}

/** States from which no end can be reached. */
function endless(machine: Machine): string[] {
  const names = Object.keys(machine.states);
  const ends = new Set(names.filter((name) => targetsOf(stateOf(machine, name)).length === 0));
  for (let size = -1; size !== ends.size; ) {
    size = ends.size;
    for (const name of names) if (targetsOf(stateOf(machine, name)).some((target) => ends.has(target))) ends.add(name);
  }
  return names.filter((name) => !ends.has(name)).map((name) => `${name} never comes to an end`);
}

/** Fields that a choice looks at and nothing sets. */
function unset(machine: Machine): string[] {
  const set = new Set([...machine.input, "error"]);
  for (const state of Object.values(machine.states)) if (state.kind === "step") set.add(state.result);
  return Object.entries(machine.states).flatMap(([name, state]) => {
    if (state.kind !== "choice") return [];
    const [field = ""] = state.field.split(".");
    return set.has(field) ? [] : [`${name} looks at ${state.field}, which nothing sets`];
  });
}

function local(machine: Machine, name: string): string[] {
  const state = stateOf(machine, name);
  if (state.kind === "choice" && state.cases.length === 0) return [`${name} chooses between nothing`];
  if (state.kind !== "step") return [];
  const retries = state.retry ?? [];
  const all = retries.findIndex(({ errors }) => errors.includes("States.ALL"));
  const found: string[] = [];
  if (state.timeoutSeconds < 1) found.push(`${name} has no time`);
  if (all !== -1 && (all !== retries.length - 1 || retries[all]?.errors.length !== 1)) {
    found.push(`${name} tries States.ALL again, which must stand alone and last`);
  }
  if (machine.input.includes(state.result)) found.push(`${name} overwrites the input ${state.result}`);
  return found;
}
