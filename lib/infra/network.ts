// The network of the GPU machines: subnets in the zones that have them, nothing inbound, HTTPS outbound, S3 by a gateway.
// Public, it costs nothing while idle. Private, for whoever may give machines no address, one NAT gateway costs some $37 a month with
// its own address; private endpoints instead would be $44 to 58 a zone.

import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Aws, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { CloudSettings } from "../contracts/cloud.ts";

export interface NetworkProps {
  /** Zones by id: names mean another zone in each account. */
  readonly zoneIds: readonly string[];
  readonly region: string;
  readonly network: CloudSettings["network"];
  /** ARNs of the buckets that the gateway leads to; beside them only the one that holds the layers of ECR images. */
  readonly bucketArns: readonly string[];
}

interface SubnetProps {
  readonly vpc: ec2.CfnVPC;
  readonly routes: ec2.CfnRouteTable;
  readonly zoneId: string;
  readonly cidrBlock: string;
  /** What starts in it gets a public address. */
  readonly isPublic: boolean;
}

export class Network extends Construct {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const vpc = new ec2.CfnVPC(this, "Vpc", {
      cidrBlock: "10.42.0.0/16",
      enableDnsHostnames: true,
      enableDnsSupport: true,
    });
    Validations.of(vpc).acknowledge({
      id: "AwsSolutions-VPC7",
      reason:
        "Flow logs of machines that only speak HTTPS to AWS cost more than the idle stack; switch them on in the account where wanted.",
    });
    const outward = this.routesOutward(vpc);
    const isPublic = props.network === "public";
    const routes = isPublic ? outward : this.routesThroughNat(vpc, outward, props.zoneIds[0] ?? "");
    this.subnetIds = props.zoneIds.map((zoneId, index) =>
      this.subnet(`${index}`, { vpc, routes, zoneId, cidrBlock: `10.42.${index * 16}.0/20`, isPublic }),
    );
    this.s3Gateway(vpc, routes, props);
    this.securityGroupId = this.outwardOnly(vpc);
  }

  private routesOutward(vpc: ec2.CfnVPC): ec2.CfnRouteTable {
    const gateway = new ec2.CfnInternetGateway(this, "Internet");
    const attached = new ec2.CfnVPCGatewayAttachment(this, "Attachment", {
      vpcId: vpc.ref,
      internetGatewayId: gateway.ref,
    });
    const routes = new ec2.CfnRouteTable(this, "Routes", { vpcId: vpc.ref });
    const outward = new ec2.CfnRoute(this, "Outward", {
      routeTableId: routes.ref,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: gateway.ref,
    });
    outward.addResourceDependency(attached);
    return routes;
  }

  /** One for all zones: a second one would double the bill to save a cent of traffic between zones. */
  private routesThroughNat(vpc: ec2.CfnVPC, outward: ec2.CfnRouteTable, zoneId: string): ec2.CfnRouteTable {
    const subnetId = this.subnet("Nat", { vpc, routes: outward, zoneId, cidrBlock: "10.42.240.0/24", isPublic: false });
    const address = new ec2.CfnEIP(this, "NatAddress", { domain: "vpc" });
    const nat = new ec2.CfnNatGateway(this, "Nat", { subnetId, allocationId: address.attrAllocationId });
    const routes = new ec2.CfnRouteTable(this, "PrivateRoutes", { vpcId: vpc.ref });
    new ec2.CfnRoute(this, "ThroughNat", {
      routeTableId: routes.ref,
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: nat.ref,
    });
    return routes;
  }

  private subnet(id: string, { vpc, routes, isPublic, zoneId, cidrBlock }: SubnetProps): string {
    const subnet = new ec2.CfnSubnet(this, `Subnet${id}`, {
      vpcId: vpc.ref,
      availabilityZoneId: zoneId,
      cidrBlock,
      mapPublicIpOnLaunch: isPublic,
    });
    new ec2.CfnSubnetRouteTableAssociation(this, `Association${id}`, {
      subnetId: subnet.ref,
      routeTableId: routes.ref,
    });
    return subnet.ref;
  }

  private s3Gateway(vpc: ec2.CfnVPC, routes: ec2.CfnRouteTable, { region, bucketArns }: NetworkProps): void {
    const layers = `arn:${Aws.PARTITION}:s3:::prod-${region}-starport-layer-bucket/*`;
    const own = bucketArns.flatMap((arn) => [arn, `${arn}/*`]);
    const allow = (Action: string | string[], Resource: string | string[]) => ({
      Effect: "Allow",
      Principal: "*",
      Action,
      Resource,
    });
    new ec2.CfnVPCEndpoint(this, "S3", {
      vpcId: vpc.ref,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: [routes.ref],
      policyDocument: { Version: "2012-10-17", Statement: [allow("s3:*", own), allow("s3:GetObject", layers)] },
    });
  }

  private outwardOnly(vpc: ec2.CfnVPC): string {
    const group = new ec2.CfnSecurityGroup(this, "OutwardOnly", {
      vpcId: vpc.ref,
      groupDescription: "GPU machines: HTTPS outward, nothing inward",
      securityGroupEgress: [
        { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIp: "0.0.0.0/0", description: "AWS by HTTPS" },
      ],
    });
    return group.attrGroupId;
  }
}
