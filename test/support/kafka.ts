import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { type Certificates, createCertificates } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { kafkaJars, programOf } from "./require-service.ts";
import { run } from "./run.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { tempDir } from "./temp-dir.ts";

/**
 * One real broker (KRaft). Users: `alice` / `alice-secret` by SCRAM-SHA-256 and SCRAM-SHA-512, `bob` / `bob-secret` by
 * PLAIN. Topics are not made by themselves.
 */
export interface KafkaBroker extends AsyncDisposable {
  /** `127.0.0.1:port` without TLS and without a login. */
  readonly plaintext: string;
  /** TLS and a login by SASL. */
  readonly saslSsl: string;
  /** TLS with a client certificate. */
  readonly ssl: string;
  readonly certificates: Certificates;
  createTopic(topic: string, settings?: Readonly<Record<string, string>>, partitions?: number): Promise<void>;
  stop(): Promise<void>;
  /** Starts again after `stop`: same ports, same data. */
  restart(): Promise<void>;
}

type Ports = readonly [plaintext: number, controller: number, saslSsl: number, ssl: number];

export async function startKafka(): Promise<KafkaBroker> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await tempDir());
  const certificates = await createCertificates(folder.path);
  const ports = (await freePorts(4)) as unknown as Ports;
  const clusterId = randomBytes(16).toString("base64url");
  const properties = join(folder.path, "server.properties");
  await writeFile(properties, serverProperties(folder.path, ports, certificates));
  await format(clusterId, properties);

  const [plaintext, , saslSsl, ssl] = ports.map((port) => `127.0.0.1:${port}`) as [string, string, string, string];
  const start = (): Promise<ServiceProcess> =>
    startService({
      name: "kafka",
      command: [programOf("kafka"), ...JVM, "kafka.Kafka", properties],
      probe: async () => {
        const answer = await withAdmin(plaintext, (admin) => admin.describeCluster());
        if (answer.clusterId !== clusterId) throw new Error("another broker has the port");
      },
    });
  let service = await start();
  cleanup.defer(() => service.stop());
  const owned = cleanup.move();
  return {
    plaintext,
    saslSsl,
    ssl,
    certificates,
    async createTopic(topic, settings = {}, partitions = 1) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const topics = [{ topic, numPartitions: partitions, configEntries }];
      const created = await withAdmin(plaintext, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
      if (!created) throw new Error(`topic ${topic} exists already`);
    },
    stop: () => service.stop(),
    async restart() {
      service = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const JVM_FLAGS = "-Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1".split(" ");
const LOG_LEVEL = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
const JVM = [...JVM_FLAGS, LOG_LEVEL, "-cp", join(kafkaJars(), "*")];

async function format(clusterId: string, properties: string): Promise<void> {
  const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].map((name) => `${name}=[name=alice,password=alice-secret]`);
  const scram = users.flatMap((user) => ["--add-scram", user]);
  await run(
    programOf("kafka"),
    ...JVM,
    "kafka.tools.StorageTool",
    "format",
    "-t",
    clusterId,
    "-c",
    properties,
    ...scram,
  );
}

type Admin = ReturnType<Kafka["admin"]>;

async function withAdmin<T>(broker: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({ brokers: [broker], retry: { retries: 0 }, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

function serverProperties(folder: string, [plaintext, controller, saslSsl, ssl]: Ports, tls: Certificates): string {
  const listeners = `PLAINTEXT://127.0.0.1:${plaintext},SASL_SSL://127.0.0.1:${saslSsl},SSL://127.0.0.1:${ssl}`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_bob="bob-secret";';
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=CONTROLLER://127.0.0.1:${controller},${listeners}
advertised.listeners=${listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, "data")}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${scram}
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${scram}
listener.name.sasl_ssl.plain.sasl.jaas.config=${plain}
ssl.keystore.type=PEM
ssl.keystore.location=${tls.serverBundle}
ssl.truststore.type=PEM
ssl.truststore.location=${tls.ca}
listener.name.ssl.ssl.client.auth=required
`;
}
