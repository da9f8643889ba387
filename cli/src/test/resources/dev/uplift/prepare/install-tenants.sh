# How tenants came to be before anybody thought of Uplift: as root, on a Debian with the application's upstream in
# /media/upstream and its packages in /media/wheels.
# Usage: install-tenants.sh OWNER ROOT FIRST_PORT SLUG...
set -euo pipefail
owner=$1 root=$2 port=$3
shift 3

git config --system safe.directory '*'
git config --system advice.detachedHead false
printf '[global]\nno-index = true\nfind-links = /media/wheels\ndisable-pip-version-check = true\n' >/etc/pip.conf

id "$owner" >/dev/null 2>&1 || useradd --create-home "$owner"
mkdir -p "$root"
as_owner() { runuser -u "$owner" -- env HOME="/home/$owner" LC_ALL=C.UTF-8 "$@"; }

[ -d /opt/pip ] || python3 -m venv /opt/pip

unit() { # slug, name
  cat >"/etc/systemd/system/$1-$2.service" <<UNIT
[Unit]
Description=$1 $2
After=network.target

[Service]
User=$owner
WorkingDirectory=$root/$1
ExecStart=$root/$1/venv/bin/python services/$2.py
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
UNIT
}

units=()
for slug in "$@"; do
  install -d -o "$owner" -g "$owner" "$root/$slug"
  as_owner git clone -q file:///media/upstream "$root/$slug"
  as_owner git -C "$root/$slug" checkout -q v0.2.0
  as_owner tee "$root/$slug/.env" >/dev/null <<SETTINGS
TENANT=$slug
API_PORT=$port
FRONTEND_PORT=$((port + 1))
SETTINGS
  port=$((port + 2))
  as_owner python3 -m venv --without-pip "$root/$slug/venv"
  as_owner /opt/pip/bin/pip --python "$root/$slug/venv/bin/python" install -q --no-cache-dir \
    -r "$root/$slug/requirements.txt"
  for script in create_schema create_default_users add_person_columns migrate_add_import_metadata; do
    as_owner "$root/$slug/venv/bin/python" "$root/$slug/scripts/$script.py" >/dev/null
  done
  unit "$slug" api
  unit "$slug" frontend
  units+=("$slug-api" "$slug-frontend")
done
systemctl daemon-reload
systemctl enable -q --now "${units[@]}"
