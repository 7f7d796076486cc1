import type { ICustomPartitioner } from "kafkajs";

/**
 * A message keeps its partition when the client sends it again. Otherwise those without a key would be dealt out anew
 * under sequence numbers that the brokers have seen with other messages, and be dropped as repetitions.
 */
export function keepPartition(create: ICustomPartitioner): ICustomPartitioner {
  return () => {
    const partition = create();
    return (args) => (args.message.partition ??= partition(args));
  };
}
