// What the stacks cost while nobody uses them, from their own templates.
import { describe, expect, it } from "@jest/globals";
import { idleBill } from "../../lib/core/budget/idle-bill.ts";
import { resources, synthesise } from "../support/synth.ts";

const typesOf = ({ access, data, main }: ReturnType<typeof synthesise>) =>
  [access, data, main].flatMap((template) => resources(template).map(({ Type }) => Type));

describe("the idle bill", () => {
  it("is under three dollars a month as Bobbin comes, the two keys the most of it", () => {
    const types = typesOf(synthesise());
    expect(idleBill(types)).toBeLessThanOrEqual(3_000_000);
    expect(idleBill(types.filter((type) => type === "AWS::KMS::Key"))).toBe(2_000_000);
  });

  it("is refused for a resource that nobody has priced", () => {
    expect(() => idleBill(["AWS::RDS::DBInstance"])).toThrow(/AWS::RDS::DBInstance/);
  });
});
