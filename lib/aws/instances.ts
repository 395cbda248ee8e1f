// Machines that are up, by their tag: the launch template gives it to every one.
import { type EC2Client, paginateDescribeInstances, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { machineTag } from "../contracts/cloud.ts";
import type { Instances } from "../core/ports.ts";

/** @param stack `name` of the settings */
export function ec2Instances(client: EC2Client, stack: string): Instances {
  return {
    async up() {
      const Filters = [
        { Name: `tag:${machineTag}`, Values: [stack] },
        { Name: "instance-state-name", Values: ["pending", "running"] },
      ];
      const found: { id: string; since: string }[] = [];
      for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters }))
        for (const { InstanceId, LaunchTime } of Reservations.flatMap(({ Instances: each = [] }) => each))
          if (InstanceId !== undefined)
            found.push({ id: InstanceId, since: (LaunchTime ?? new Date(0)).toISOString() });
      return found;
    },
    async terminate(id) {
      await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    },
  };
}
