#!/bin/sh
# Makes the databases and their owners. The image of PostgreSQL runs it once, on an empty data directory.
set -eu

export SECRETS="${SECRETS:-/run/secrets}"
for password in temporal-database uplift-database; do
  [ -s "$SECRETS/$password" ] || {
    echo "$SECRETS/$password is missing or empty" >&2
    exit 1
  }
done

# psql reads the passwords by itself: arguments are for everybody on the machine to see.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set temporal `cat "$SECRETS/temporal-database"`
\set uplift `cat "$SECRETS/uplift-database"`
create role temporal login password :'temporal';
create role uplift login password :'uplift';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database uplift owner uplift;
SQL
