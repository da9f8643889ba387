-- What is counted of each upgrade stands beside its report, so that counting does not read reports.
alter table upgrade add column failure_kind text;
alter table upgrade add column downtime_ms integer;
create index upgrade_by_outcome on upgrade (status, failure_kind, downtime_ms);

alter table audit add column upgrade_id text;
create index audit_by_object on audit (object, seq);

-- What somebody is to be told: written together with the outcome that it tells, delivered afterwards. Times are
-- milliseconds since 1970, which every database can compare.
create table notification (
  id text primary key,
  channel text not null,
  event text not null,
  tenant text,
  upgrade_id text,
  body text not null,
  status text not null,
  attempts integer not null,
  created_ms bigint not null,
  due_ms bigint not null,
  ended_ms bigint,
  last_answer text,
  unique (upgrade_id, event, channel)
);
create index notification_by_channel on notification (channel, status, due_ms);
create index notification_by_time on notification (created_ms, id);
