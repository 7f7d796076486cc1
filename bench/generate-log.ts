import { closeSync, openSync, writeSync } from "node:fs";
import { createRandom, type Random } from "#test/oracle/random.ts";

/**
 * A TiDB log with the mix of real ones: 97.5 % general log of a web shop, a little of everything else (statistics,
 * failing statements, DDL, logins that fail), and four attacks in a hundred thousand lines. The same seed gives the same
 * bytes.
 */
export function generateLog(path: string, lines: number, seed = 1): number {
  const random = createRandom(seed);
  const file = openSync(path, "w");
  let ms = Date.UTC(2026, 10, 23, 8);
  let bytes = 0;
  let block: string[] = [];
  for (let i = 0; i < lines; i++) {
    ms += Math.floor(random() * 8);
    block.push(line(random, `[${stamp(ms)}]`));
    if (block.length === 2000 || i === lines - 1) {
      bytes += writeSync(file, `${block.join("\n")}\n`);
      block = [];
    }
  }
  closeSync(file);
  return bytes;
}

const ATTACK_SHARE = 0.00004;

function stamp(ms: number): string {
  return `${new Date(ms + 3_600_000).toISOString().slice(0, 23).replaceAll("-", "/").replace("T", " ")} +01:00`;
}

const USERS = ["shop_app", "shop_web", "blog", "metabase", "etl", "grafana", "analyst_raj", "dba_alice"] as const;

const STATEMENTS: readonly ((n: number, word: string) => string)[] = [
  (n) => `SELECT id, name, price FROM products WHERE id=${n}`,
  (n) =>
    `SELECT id, email FROM customers WHERE email='user${n}@example.com' AND password_hash='5f4dcc3b5aa765d61d8327deb882cf99'`,
  (_, word) => `SELECT id, name, price FROM products WHERE category = '${word}' ORDER BY name`,
  (_, word) => `SELECT id, title, status FROM articles WHERE title LIKE '%${word}%' LIMIT 20`,
  (n) =>
    `INSERT INTO orders (customer_id, total, status, note) VALUES (${n}, ${n % 900}.${n % 90}, 'new', 'ring twice, it\\'s the \\"blue\\" door')`,
  (n) => `UPDATE stock SET qty = qty - 1 WHERE product_id = ${n} AND qty > 0`,
  () => "START TRANSACTION",
  () => "COMMIT",
  () => "SET @@SESSION.`autocommit`=1",
  (n) =>
    `SELECT o.id, o.total, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at > '2026-11-${10 + (n % 18)}' ORDER BY o.id DESC LIMIT ${10 + (n % 40)}`,
  (n) =>
    `SELECT product_id, SUM(qty) AS sold FROM order_items WHERE order_id BETWEEN ${n} AND ${n + 500} GROUP BY product_id ORDER BY sold DESC LIMIT 10`,
  (n) => `DELETE FROM carts WHERE customer_id = ${n} AND updated_at < '2026-11-20 00:00:00'`,
  (_, word) => `SELECT COUNT(*) FROM page_views WHERE path = '/${word}/größe' AND day = '2026-11-23'`,
];
const ATTACKS: readonly ((n: number) => string)[] = [
  (n) =>
    `SELECT id, name, price FROM products WHERE id=${n} UNION ALL SELECT user, authentication_string, 1 FROM mysql.user`,
  (n) => `SELECT id, name, price FROM products WHERE id=${n} AND SLEEP(5)`,
  (n) => `GRANT ALL PRIVILEGES ON *.* TO 'backup${n}'@'%' WITH GRANT OPTION`,
  () => "SET GLOBAL tidb_general_log = OFF",
];
const WORDS = ["garden", "tools", "books", "lamps", "shoes", "coffee", "bikes", "union jack"] as const;

function line(random: Random, time: string): string {
  const n = Math.floor(random() * 90_000);
  const session = Math.floor(random() * 400);
  const conn = 2_097_152 + session * 2;
  const user = USERS[session % USERS.length] as string;
  const address = `10.20.${1 + (session % 8)}.${11 + (session % 20)}`;
  const kind = random();
  if (kind < 0.975) {
    const make = STATEMENTS[Math.floor(random() * STATEMENTS.length)] as (n: number, word: string) => string;
    const attack = kind < ATTACK_SHARE ? ATTACKS[n % ATTACKS.length] : undefined;
    const sql = JSON.stringify((attack ?? make)(n, WORDS[n % WORDS.length] as string));
    return `${time} [INFO] [session.go:4193] [GENERAL_LOG] [conn=${conn}] [session_alias=] [user=${user}@${address}] [schemaVersion=57] [txnStartTS=${470_669_000_000_000_000n + BigInt(n) * 262_144n}] [forUpdateTS=0] [isReadConsistency=false] [currentDB=shop] [isPessimistic=false] [sessionTxnMode=PESSIMISTIC] [sql=${sql}]`;
  }
  if (kind < 0.983) return `${time} [INFO] [refresher.go:198] ["No tables to analyze"] [category=stats] [sampled=]`;
  if (kind < 0.99)
    return `${time} [INFO] [gc_worker.go:375] ["[gc worker] starts the whole job"] [category="gc worker"] [uuid=65b1a2c${n}] [safePoint=${470_669_000_000_000_000n + BigInt(n)}] [concurrency=1]`;
  if (kind < 0.996)
    return `${time} [INFO] [conn.go:1216] ["command dispatched failed"] [conn=${conn}] [session_alias=] [connInfo="id:${conn}, addr:${address}:4${1000 + session} status:10, collation:utf8mb4_unicode_ci, user:${user}"] [command=Query] [status="inTxn:0, autocommit:1"] [sql="INSERT INTO customers (email) VALUES ('user${n}@example.com')"] [txn_mode=PESSIMISTIC] [timestamp=${470_669_000_000_000_000n + BigInt(n)}] [err="[kv:1062]Duplicate entry 'user${n}@example.com' for key 'customers.email'"]`;
  if (kind < 0.9995)
    return `${time} [INFO] [job_worker.go:900] ["run DDL job"] [category=ddl] [jobID=${n}] [conn=${conn}] [session_alias=] [job="ID:${n}, Type:add index, State:running, SchemaState:write only, SchemaID:2, TableID:104, RowCount:0, ArgLen:0, start time: 2026-11-23 09:00:00 +0100 CET, Err:<nil>, ErrCount:0, SnapshotVersion:0, Version: v2"]`;
  return `${time} [WARN] [server.go:708] ["Server.onConn handshake"] [conn=${conn + 1}] [error="[privilege:1045]Access denied for user '${user}'@'${address}' (using password: YES)"] ["remote addr"=${address}:5${1000 + session}]`;
}
