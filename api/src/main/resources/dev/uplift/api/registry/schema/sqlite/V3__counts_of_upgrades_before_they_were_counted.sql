-- What V2 lets be counted, of the upgrades that had ended before it.
update upgrade
set failure_kind = json_extract(report, '$.failure.kind'), downtime_ms = json_extract(report, '$.downtime_ms')
where failure_kind is null and downtime_ms is null and json_valid(report);
