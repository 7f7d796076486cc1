import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Loopback ports that nobody has right now. Another process may take one before it is used: whoever starts a service
 * on it checks that its own child answers, and tries again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
