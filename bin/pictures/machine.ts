// A machine of lib/workflow as a graph: steps as boxes, choices as diamonds, ends as ovals; the way of a failure is dashed.
import type { Machine, State } from "../../lib/workflow/machine.ts";
import { edgeLine, graph, nodeLine } from "./dot.ts";

/** The way of a run that goes well is drawn as a line downwards. */
const straight = { weight: "50" };

type AnyState = State<string, string>;

export function machineGraph(machine: Machine<string, string>): string {
  const states = Object.entries<AnyState>(machine.states);
  return graph(machine.name, "TB", [
    ...states.map(([name, state]) => nodeLine(name, look(name, state, machine.start))),
    ...states.flatMap(([name, state]) => ways(name, state)),
  ]);
}

function look(name: string, state: AnyState, start: string): Readonly<Record<string, string>> {
  switch (state.kind) {
    case "choice":
      return { label: `${state.field}?`, shape: "diamond", fillcolor: "#ffffff", fontsize: "10", margin: "0.02" };
    case "succeed":
      return { label: name, shape: "oval", fillcolor: "#d9f0e5" };
    case "fail":
    case "failCaught":
      return { label: name, shape: "oval", fillcolor: "#f9dfd3" };
    case "step":
    case "pass":
      return { label: name, ...(name === start ? { penwidth: "2.5" } : {}) };
  }
}

function ways(name: string, state: AnyState): string[] {
  switch (state.kind) {
    case "step":
      return [
        edgeLine(name, state.next, straight),
        ...(state.onError === state.next
          ? []
          : [edgeLine(name, state.onError, { style: "dashed", color: "#b5502a", constraint: "false" })]),
      ];
    case "choice":
      return [
        ...state.cases.map((one, index) =>
          edgeLine(name, one.next, { label: ` ${one.is} `, ...(index === 0 ? straight : {}) }),
        ),
        edgeLine(name, state.otherwise, { label: " otherwise ", color: "#8a94a3" }),
      ];
    case "pass":
      return [edgeLine(name, state.next, straight)];
    default:
      return [];
  }
}
