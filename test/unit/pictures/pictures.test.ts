// The pictures of the documentation show all there is: every state with every way out of it, every resource of a template.
import { describe, expect, it } from "@jest/globals";
import { svgOf } from "../../../bin/pictures/dot.ts";
import { machineGraph } from "../../../bin/pictures/machine.ts";
import { stacksGraph } from "../../../bin/pictures/stacks.ts";
import { targetsOf } from "../../../lib/workflow/machine.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";

/** Graphviz gives every node and edge a title. */
function titles(svg: string): string[] {
  return [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title = ""]) => title.replace("&#45;&gt;", "->"));
}

describe("pictures", () => {
  it("draw every state of a machine and every way from one to another", async () => {
    const states = Object.entries(trainMachine.states);
    const ways = states.flatMap(([name, state]) => targetsOf(state).map((target) => `${name}->${target}`));
    const drawn = titles(await svgOf(machineGraph(trainMachine)));
    expect(new Set(drawn)).toEqual(new Set(["train", ...states.map(([name]) => name), ...ways]));
  });

  it("draw every resource of a stack that does something, and which refers to which", async () => {
    const resources = {
      Queue: {
        Type: "AWS::Batch::JobQueue",
        Properties: { Order: [{ Environment: { "Fn::GetAtt": ["Machines", "Arn"] } }] },
      },
      Machines: { Type: "AWS::Batch::ComputeEnvironment", Properties: { Role: { Ref: "Role" } } },
      Role: { Type: "AWS::IAM::Role" },
    };
    const drawn = titles(await svgOf(stacksGraph([{ name: "main", resources }])));
    expect(drawn).toEqual(["stacks", "cluster main", "Queue", "Machines", "Queue->Machines"]);
  });
});
