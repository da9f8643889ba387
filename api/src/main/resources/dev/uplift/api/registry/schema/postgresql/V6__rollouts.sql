-- A rollout, and how far it had come when its workflow last told.
create table rollout (
  seq bigint generated always as identity primary key,
  id text collate "C" not null unique,
  target_version text not null,
  requested_by text not null,
  reason text,
  requested_at text not null,
  retry_of text collate "C",
  status text not null,
  finished_at text,
  rollout_order text not null,
  progress text
);

-- Its tenants, in the order in which they are upgraded. Without an outcome nothing has come of one so far.
create table rollout_tenant (
  rollout text collate "C" not null references rollout (id),
  wave bigint not null,
  position bigint not null,
  tenant text collate "C" not null,
  host text collate "C" not null,
  upgrade text collate "C",
  outcome text,
  message text,
  downtime_ms bigint,
  ended_at text,
  rehearsal text,
  rehearsal_message text,
  deployed_version text,
  disk_bytes bigint,
  migrations_ms bigint,
  primary key (rollout, wave, position)
);
create unique index rollout_tenant_by_name on rollout_tenant (rollout, tenant);

-- What happened in a rollout, for whoever follows it.
create table rollout_event (
  seq bigint generated always as identity primary key,
  rollout text collate "C" not null references rollout (id),
  kind text not null,
  data text not null
);
create index rollout_event_of_one on rollout_event (rollout, seq);
