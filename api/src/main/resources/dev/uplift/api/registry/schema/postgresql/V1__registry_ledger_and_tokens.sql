-- Names and ids are compared and ordered byte by byte, as SQLite does it, whatever the database's own order is.
create table host (
  name text collate "C" primary key,
  labels text not null
);

create table app (
  name text collate "C" primary key,
  profile text not null
);

-- An app may be one that comes with Uplift, so it is no foreign key.
create table tenant (
  id text collate "C" primary key,
  app text collate "C" not null,
  host text collate "C" not null references host (name),
  path text not null,
  ring text not null,
  labels text not null,
  ports text not null
);

-- The ledger: one row for each upgrade that was asked for. Without a status it has not ended, as far as is known here.
create table upgrade (
  seq bigint generated always as identity primary key,
  id text collate "C" not null unique,
  tenant text collate "C" not null,
  host text,
  target_version text,
  run_id text,
  requested_by text,
  reason text,
  requested_at text not null,
  status text,
  finished_at text,
  report text
);
create index upgrade_by_tenant on upgrade (tenant, seq);

create table token (
  name text collate "C" primary key,
  sha256 text not null unique,
  scopes text not null,
  created_at text not null,
  expires_at text not null
);

create table audit (
  seq bigint generated always as identity primary key,
  at text not null,
  who text not null,
  action text not null,
  object text not null,
  reason text
);
create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end;
$$;
create trigger audit_is_append_only before update or delete or truncate on audit
for each statement execute function refuse_change_of_audit();
