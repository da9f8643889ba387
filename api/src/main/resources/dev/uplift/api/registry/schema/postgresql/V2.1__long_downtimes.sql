-- An integer of SQLite has 64 bits; one of PostgreSQL would end at 24 days.
alter table upgrade alter column downtime_ms type bigint;
