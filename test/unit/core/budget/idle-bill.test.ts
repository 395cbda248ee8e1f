// What resources cost while nothing runs; test/infra/idle-bill.test.ts adds up the stacks' own.
import { expect, it } from "@jest/globals";
import { idleBill } from "../../../../lib/core/budget/idle-bill.ts";

it.each([
  [["AWS::KMS::Key", "AWS::KMS::Key", "AWS::S3::Bucket"], 2_000_000],
  [["AWS::ECR::Repository", "AWS::Scheduler::Schedule"], 900_000],
  [["AWS::EC2::NatGateway", "AWS::EC2::EIP"], 36_500_000],
  [[], 0],
])("%j cost %d micro-dollars a month", (types, monthly) => {
  expect(idleBill(types)).toBe(monthly);
});

it("has no answer for what nobody has priced", () => {
  expect(() => idleBill(["AWS::S3::Bucket", "AWS::RDS::DBInstance"])).toThrow(RangeError);
});
