-- A rollout, and how far it had come when its workflow last told.
create table rollout (
  seq integer primary key autoincrement,
  id text not null unique,
  target_version text not null,
  requested_by text not null,
  reason text,
  requested_at text not null,
  retry_of text,
  status text not null,
  finished_at text,
  rollout_order text not null,
  progress text
) strict;

-- Its tenants, in the order in which they are upgraded. Without an outcome nothing has come of one so far.
create table rollout_tenant (
  rollout text not null references rollout (id),
  wave integer not null,
  position integer not null,
  tenant text not null,
  host text not null,
  upgrade text,
  outcome text,
  message text,
  downtime_ms integer,
  ended_at text,
  rehearsal text,
  rehearsal_message text,
  deployed_version text,
  disk_bytes integer,
  migrations_ms integer,
  primary key (rollout, wave, position)
) strict;
create unique index rollout_tenant_by_name on rollout_tenant (rollout, tenant);

-- What happened in a rollout, for whoever follows it.
create table rollout_event (
  seq integer primary key autoincrement,
  rollout text not null references rollout (id),
  kind text not null,
  data text not null
) strict;
create index rollout_event_of_one on rollout_event (rollout, seq);
