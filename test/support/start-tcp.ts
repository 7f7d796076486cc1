import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface TcpServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Resolves once no connection is open. */
  untilQuiet(): Promise<void>;
}

/** A server on a free loopback port for peers that misbehave: `onConnection` does with each socket what it likes. */
export async function startTcp(onConnection: (socket: Socket, number: number) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      for (const wake of waiting) wake();
      waiting.clear();
    });
    onConnection(socket, ++connections);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async untilQuiet() {
      while (sockets.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
