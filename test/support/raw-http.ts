import type { Socket } from "node:net";

export const RAW_OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** Calls `answer` once for every request whose body is an x. */
export function onRequest(socket: Socket, answer: (number: number) => void): void {
  let text = "";
  let number = 0;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    while (text.includes("\r\n\r\nx")) {
      text = text.slice(text.indexOf("\r\n\r\nx") + 5);
      answer(++number);
    }
  });
}

/** Writes the same again and again until the other side has had enough. */
export function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 5);
  socket.on("close", () => clearInterval(timer));
}
