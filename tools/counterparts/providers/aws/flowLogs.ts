import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
  type EC2Client,
  type LogDestinationType,
  type TrafficType,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/** `aws:ec2/flowLog:FlowLog` by calls of EC2, of whole VPCs to S3. Nothing is written there. */
export const createFlowLogKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["logDestination", "logDestinationType", "trafficType", "vpcId"],
  validate: allowOnly("logDestination", "logDestinationType", "region", "tags", "trafficType", "vpcId"),
  create: async (inputs, made) => {
    const { FlowLogIds = [], Unsuccessful = [] } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [findText(inputs["vpcId"]) ?? ""],
        ResourceType: "VPC",
        TrafficType: findText(inputs["trafficType"]) as TrafficType,
        LogDestinationType: findText(inputs["logDestinationType"]) as LogDestinationType,
        LogDestination: findText(inputs["logDestination"]),
      }),
    );
    const [id] = FlowLogIds;
    if (id === undefined) throw new Error(Unsuccessful[0]?.Error?.Message ?? "no flow log was made");
    made(id);
    // ministack takes tags at creation for another type of resource.
    await setTags(ec2, id, inputs, {});
    return id;
  },
  read: async (id) => {
    const found = (await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }))).FlowLogs?.[0];
    return (
      found && {
        arn: `arn:aws:ec2:${region}::vpc-flow-log/${id}`,
        region,
        vpcId: found.ResourceId,
        trafficType: found.TrafficType,
        logDestination: found.LogDestination,
        logDestinationType: found.LogDestinationType,
        ...readTags(found.Tags),
      }
    );
  },
  update: (id, inputs, live) => setTags(ec2, id, inputs, live),
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] })));
  },
  refreshInputs: refreshRecorded,
});
