// The network of the GPU machines: public subnets in the zones that have them, nothing inbound, HTTPS outbound, S3 by a gateway.
// It costs nothing while idle; NAT would be $33 a month and private endpoints $44 to 58 a zone.

import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Aws, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";

export interface NetworkProps {
  /** Zones by id: names mean another zone in each account. */
  readonly zoneIds: readonly string[];
  readonly region: string;
  /** ARNs of the buckets that the gateway leads to; beside them only the one that holds the layers of ECR images. */
  readonly bucketArns: readonly string[];
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
    const routes = this.routesOutward(vpc);
    this.subnetIds = props.zoneIds.map((zoneId, index) => this.subnet(vpc, routes, zoneId, index));
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

  private subnet(vpc: ec2.CfnVPC, routes: ec2.CfnRouteTable, zoneId: string, index: number): string {
    const subnet = new ec2.CfnSubnet(this, `Subnet${index}`, {
      vpcId: vpc.ref,
      availabilityZoneId: zoneId,
      cidrBlock: `10.42.${index * 16}.0/20`,
      mapPublicIpOnLaunch: true,
    });
    new ec2.CfnSubnetRouteTableAssociation(this, `Association${index}`, {
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
