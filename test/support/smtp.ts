import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

interface ReceivedMail {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** The message as it came over the wire. */
  readonly raw: string;
  readonly parsed: ParsedMail;
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
}

interface SmtpOptions {
  /** PEM texts; without them the server offers no STARTTLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The only login that is taken; without it none is asked for. */
  readonly login?: { readonly user: string; readonly password: string };
  /** SMTP response code for a recipient that is refused. */
  refuse?(recipient: string): number | undefined;
}

/** A mail server in this process, on a free loopback port. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const { tls, login } = options;
  const server = new SMTPServer({
    ...tls,
    disabledCommands: [...(tls === undefined ? ["STARTTLS"] : []), ...(login === undefined ? ["AUTH"] : [])],
    authOptional: login === undefined,
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(Object.assign(new Error("bad login"), { responseCode: 535 }));
    },
    onRcptTo({ address }, _session, done) {
      const responseCode = options.refuse?.(address);
      done(responseCode === undefined ? null : Object.assign(new Error("refused by the test"), { responseCode }));
    },
    onData(stream, { envelope }, done) {
      receive().then(() => done(), done);
      async function receive(): Promise<void> {
        const raw = await buffer(stream);
        const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const recipients = envelope.rcptTo.map(({ address }) => address);
        mails.push({ sender, recipients, raw: raw.toString("latin1"), parsed: await simpleParser(raw) });
      }
    },
  });
  server.on("error", () => {}); // a client that cuts the line; the test sees its effect
  const listening = once(server.server, "listening");
  server.listen(0, "127.0.0.1");
  await listening;
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}
