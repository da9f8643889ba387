-- What V2 lets be counted, of the upgrades that had ended before it. One by one: a report may hold what PostgreSQL cannot
-- read as JSON, such as an escaped NUL in the output of a command. It stays as it was.
do $$
declare
  ended record;
begin
  for ended in select seq, report from upgrade where failure_kind is null and downtime_ms is null and report is not null
  loop
    begin
      update upgrade
      set failure_kind = ended.report::json #>> '{failure,kind}',
        downtime_ms = (ended.report::json ->> 'downtime_ms')::bigint
      where seq = ended.seq;
    exception when data_exception then
      null;
    end;
  end loop;
end;
$$;
