import type { Queryable } from "./database.ts";

/** Takes or extends a named lease, so that one of many processes does a thing. False while somebody else has it. */
export async function holdLease(q: Queryable, name: string, owner: string, forMs: number): Promise<boolean> {
  const rows = await q.query(
    `insert into tidewatch.leases as l (name, owner, until) values ($1, $2, now() + $3 * interval '1 ms')
     on conflict (name) do update set owner = excluded.owner, until = excluded.until
       where l.owner = excluded.owner or l.until < now()
     returning owner`,
    [name, owner, forMs],
  );
  return rows.length > 0;
}

export async function dropLease(q: Queryable, name: string, owner: string): Promise<void> {
  await q.query("delete from tidewatch.leases where name = $1 and owner = $2", [name, owner]);
}
