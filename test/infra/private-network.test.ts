// `network: private`: machines without an address, and the one thing in the stack that is billed by the hour. The public network, which
// is what stands without this setting, is in compute.test.ts.
import { expect, it } from "@jest/globals";
import { only, plain, resources, synthesise } from "../support/synth.ts";

const { main } = synthesise({ network: "private", zoneIds: ["use1-az1", "use1-az4"] });
const idOf = (ref: string) => /^<(\w+)/.exec(ref)?.[1] ?? "";
const machines: string[] = plain(only(main, "AWS::Batch::ComputeEnvironment").Properties.ComputeResources.Subnets).map(
  idOf,
);
const subnets = resources(main, "AWS::EC2::Subnet");
const nat = only(main, "AWS::EC2::NatGateway");
/** Where what starts in a subnet goes: the targets of its routes. */
function targetsOf(subnet: string): object[] {
  const associations = resources(main, "AWS::EC2::SubnetRouteTableAssociation").map(({ Properties }) =>
    plain(Properties),
  );
  const table = associations.find(({ SubnetId }) => idOf(SubnetId) === subnet)?.RouteTableId;
  const routes = resources(main, "AWS::EC2::Route").map(({ Properties }) => plain(Properties));
  return routes
    .filter(({ RouteTableId }) => RouteTableId === table)
    .map(({ GatewayId, NatGatewayId }) => ({ internet: GatewayId !== undefined, nat: NatGatewayId !== undefined }));
}

it("gives no machine an address", () => {
  expect(machines).toHaveLength(2);
  expect(subnets.map(({ Properties }) => Properties.MapPublicIpOnLaunch)).toEqual([false, false, false]);
});

it("lets machines out through one gateway alone", () => {
  for (const subnet of machines) expect(targetsOf(subnet)).toEqual([{ internet: false, nat: true }]);
});

it("stands that gateway, with its own address, where the internet is reached, and no machine beside it", () => {
  const place = idOf(plain(nat.Properties.SubnetId));
  expect(machines).not.toContain(place);
  expect(targetsOf(place)).toEqual([{ internet: true, nat: false }]);
  expect(plain(nat.Properties.AllocationId)).toBe(`<${only(main, "AWS::EC2::EIP").id}.AllocationId>`);
});

it("still reaches S3 without paying the gateway for it", () => {
  const tables: string[] = plain(only(main, "AWS::EC2::VPCEndpoint").Properties.RouteTableIds);
  const associations = resources(main, "AWS::EC2::SubnetRouteTableAssociation").map(({ Properties }) =>
    plain(Properties),
  );
  const used = associations.filter(({ SubnetId }) => machines.includes(idOf(SubnetId)));
  for (const { RouteTableId } of used) expect(tables).toEqual([RouteTableId]);
});

it("keeps its ranges apart", () => {
  const blocks: string[] = subnets.map(({ Properties }) => Properties.CidrBlock);
  expect([...blocks].sort()).toEqual(["10.42.0.0/20", "10.42.16.0/20", "10.42.240.0/24"]);
});
