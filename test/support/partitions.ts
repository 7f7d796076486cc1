import type { PartitionMetadata } from "kafkajs";

/** A topic of so many partitions as a broker describes it, all led by one broker. */
export function partitionsOf(count: number): PartitionMetadata[] {
  return Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    isr: [1],
    replicas: [1],
    offlineReplicas: [],
  }));
}
