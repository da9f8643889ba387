create table host (
  name text primary key,
  labels text not null
) strict;

create table app (
  name text primary key,
  profile text not null
) strict;

-- An app may be one that comes with Uplift, so it is no foreign key.
create table tenant (
  id text primary key,
  app text not null,
  host text not null references host (name),
  path text not null,
  ring text not null,
  labels text not null,
  ports text not null
) strict;

-- The ledger: one row for each upgrade that was asked for. Without a status it has not ended, as far as is known here.
create table upgrade (
  seq integer primary key autoincrement,
  id text not null unique,
  tenant text not null,
  host text,
  target_version text,
  run_id text,
  requested_by text,
  reason text,
  requested_at text not null,
  status text,
  finished_at text,
  report text
) strict;
create index upgrade_by_tenant on upgrade (tenant, seq);

create table token (
  name text primary key,
  sha256 text not null unique,
  scopes text not null,
  created_at text not null,
  expires_at text not null
) strict;

create table audit (
  seq integer primary key autoincrement,
  at text not null,
  who text not null,
  action text not null,
  object text not null,
  reason text
) strict;
create trigger audit_is_append_only_for_update before update on audit
begin
  select raise(abort, 'the audit log is append-only');
end;
create trigger audit_is_append_only_for_delete before delete on audit
begin
  select raise(abort, 'the audit log is append-only');
end;
