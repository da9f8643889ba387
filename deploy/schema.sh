#!/bin/sh
# Makes Temporal's tables, or brings them to the version of the server that is started afterwards.
set -eu

schema=${TEMPORAL_SCHEMA:-/etc/temporal/schema/postgresql/v12}
SQL_PASSWORD=$(cat "${SECRETS:-/run/secrets}/temporal-database")
export SQL_PASSWORD

tool() {
  temporal-sql-tool --plugin postgres12 --endpoint "${POSTGRES_ADDRESS%:*}" --port "${POSTGRES_ADDRESS##*:}" \
    --user temporal --database "$@"
}

update() {
  tool "$1" setup-schema --version 0.0
  tool "$1" update-schema --schema-dir "$schema/$2/versioned"
}

update temporal temporal
update temporal_visibility visibility
