#!/bin/sh
# Makes the databases and their owners. The image of PostgreSQL runs it once, on an empty data directory.
set -eu

secrets=${SECRETS:-/run/secrets}
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal="$(cat "$secrets/temporal-database")" --set uplift="$(cat "$secrets/uplift-database")" <<'SQL'
create role temporal login password :'temporal';
create role uplift login password :'uplift';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database uplift owner uplift;
SQL
