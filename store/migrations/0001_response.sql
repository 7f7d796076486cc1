-- What was found, what was decided about it, what was done, and who said so.
-- Texts come from logs and alerts, so keys that are indexed are bounded by the writer.

create table tidewatch.alerts (
  id text primary key,
  dedup_key text not null,
  rule_id text not null,
  rule_name text not null,
  title text not null,
  severity text not null,
  reason text not null,
  count bigint not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  entities json not null,
  received_at timestamptz not null default now()
);
create index alerts_last_seen on tidewatch.alerts (last_seen desc, id);

create table tidewatch.runs (
  id text primary key,
  playbook text not null,
  version int not null,
  alert_id text not null,
  -- The playbook and the alert as they were: a run finishes on the version that it began with.
  definition json not null,
  alert json not null,
  state text not null default 'received' check (state in
    ('received', 'waiting_approval', 'running', 'done', 'partial', 'failed', 'refused', 'observed', 'cancelled')),
  inputs json,
  reason text,
  alert_count int not null default 1,
  fence int not null default 0,
  lease_until timestamptz not null default '-infinity',
  attempts int not null default 0,
  dispatched_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (playbook, alert_id)
);
create index runs_created on tidewatch.runs (created_at desc, id);
create index runs_finished on tidewatch.runs (finished_at);
create index runs_received on tidewatch.runs (dispatched_at) where state = 'received';

-- The run that gathers alerts of one kind until the window closes.
create table tidewatch.run_windows (
  playbook text not null,
  once_key text not null,
  run_id text not null references tidewatch.runs on delete cascade,
  until timestamptz not null,
  primary key (playbook, once_key)
);

create table tidewatch.steps (
  run_id text not null references tidewatch.runs on delete cascade,
  id text not null,
  position int not null,
  phase text not null check (phase in ('main', 'on_failure')),
  action text not null,
  state text not null check (state in
    ('pending', 'waiting_approval', 'ready', 'intent', 'applied', 'already', 'observed', 'refused', 'skipped', 'failed')),
  mode text not null check (mode in ('observe', 'approve', 'enforce')),
  -- The exact effects, decided and not yet made; null as long as the target could not be asked.
  planned json,
  refused json not null,
  reason text,
  fence int not null default 0,
  lease_until timestamptz not null default '-infinity',
  attempts int not null default 0,
  next_try_at timestamptz not null default now(),
  dispatched_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (run_id, id)
);
create index steps_open on tidewatch.steps (dispatched_at) where state in ('ready', 'intent');

create table tidewatch.approvals (
  id bigint generated always as identity primary key,
  run_id text not null,
  step_id text not null,
  digest text not null,
  why text not null,
  state text not null default 'pending' check (state in ('pending', 'approved', 'denied', 'expired')),
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  foreign key (run_id, step_id) references tidewatch.steps on delete cascade,
  unique (run_id, step_id)
);
create index approvals_pending on tidewatch.approvals (expires_at) where state = 'pending';

create table tidewatch.effects (
  id text primary key,
  key text not null,
  action text not null,
  lasting boolean not null,
  planned json not null,
  state text not null default 'intent' check (state in
    ('intent', 'active', 'expiring', 'reverted_verified', 'reverted', 'drifted', 'undo_failed', 'done', 'foreign', 'failed')),
  fence int not null default 0,
  lease_until timestamptz not null default '-infinity',
  undo_attempts int not null default 0,
  next_try_at timestamptz not null default now(),
  -- until when it was made to last, the last time that it was made
  made_until timestamptz,
  error text,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
-- One lasting effect stands once, whoever asked for it; it comes into being again only after it has ended.
create unique index effects_standing on tidewatch.effects (key) where state in ('intent', 'active', 'expiring', 'undo_failed');
create index effects_open on tidewatch.effects (next_try_at) where state in ('intent', 'active', 'expiring');

create table tidewatch.effect_holders (
  effect_id text not null references tidewatch.effects on delete cascade,
  run_id text not null,
  step_id text not null,
  -- infinity for effects that do not last
  expires_at timestamptz not null,
  -- when it was made for this holder, or made to last as long as this one wants
  settled_at timestamptz,
  released_at timestamptz,
  primary key (effect_id, run_id, step_id)
);
create index effect_holders_step on tidewatch.effect_holders (run_id, step_id);

create table tidewatch.outbox (
  id bigint generated always as identity primary key,
  run_id text not null,
  -- null: the run as a whole
  step_id text,
  due_at timestamptz not null,
  lease_until timestamptz not null default '-infinity'
);
create index outbox_due on tidewatch.outbox (due_at);

create table tidewatch.budgets (
  name text not null,
  window_start timestamptz not null,
  used bigint not null,
  primary key (name, window_start)
);

create table tidewatch.leases (
  name text primary key,
  owner text not null,
  until timestamptz not null
);

-- Append-only. `content` is canonical JSON and `hash` covers it and the hash before.
create table tidewatch.audit (
  seq bigint primary key,
  run_id text,
  content text not null,
  hash text not null
);
create index audit_run on tidewatch.audit (run_id, seq);

-- The end of the chain: serialises appends, and shows when rows were cut off the end.
create table tidewatch.audit_head (
  singleton boolean primary key default true check (singleton),
  seq bigint not null,
  hash text not null
);
insert into tidewatch.audit_head (seq, hash) values (0, '');
