#!/bin/bash
# Upgrades one tenant the way people do it by hand, step by step as their guide says and as fast as
# that can be done. For comparison only: nothing here is checked, and nothing is put back.
#
# CHECKOUT, TARGET       the tenant's directory, and the tag
# API_PORT, FRONTEND_PORT
# SERVICES               directory of the services' locks and logs
# API_UNIT, FRONTEND_UNIT, API_PID, FRONTEND_PID
set -euo pipefail
cd "$CHECKOUT"

step() {
  echo "$(date +%s.%N) $1"
}

start() {
  # Under the lock by which the sandbox finds a service again, whoever started it.
  setsid flock --no-fork --nonblock "$SERVICES/$1.lock" "$CHECKOUT/venv/bin/python" "$2" \
    >>"$SERVICES/$1.log" 2>&1 </dev/null &
}

step "Stopping services..."
kill -TERM "$API_PID" "$FRONTEND_PID"
while kill -0 "$API_PID" 2>/dev/null || kill -0 "$FRONTEND_PID" 2>/dev/null; do
  sleep 0.02
done

step "Backing up database..."
cp db/pocket.db "db/pocket.db.backup_$(date +%Y%m%d_%H%M%S)"

step "Fetching latest code..."
git fetch --quiet --tags origin
step "Checking out $TARGET..."
git -c advice.detachedHead=false checkout --quiet "$TARGET"

step "Installing dependencies..."
venv/bin/python -m pip install --quiet --requirement requirements.txt

step "Running migrations..."
for script in create_schema create_default_users add_person_columns \
  migrate_add_import_metadata add_person_indexes add_segment_tables; do
  if [ -f "scripts/$script.py" ]; then
    venv/bin/python "scripts/$script.py"
  fi
done

step "Starting services..."
start "$API_UNIT" services/api.py
start "$FRONTEND_UNIT" services/frontend.py

step "Waiting for health..."
for _ in $(seq 600); do
  if curl -sf -o /dev/null "http://127.0.0.1:$API_PORT/health" &&
    curl -sf -o /dev/null "http://127.0.0.1:$FRONTEND_PORT/"; then
    step "Health check passed"
    exit 0
  fi
  sleep 0.05
done
step "Health check failed"
exit 1
