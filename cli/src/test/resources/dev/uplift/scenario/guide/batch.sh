# Get all tenant IDs
TENANTS=$(curl -s -H "Authorization: Bearer $TOKEN" \
  http://localhost:32201/api/tenants | jq -r '.tenants[].id')

# Upgrade each
for ID in $TENANTS; do
  echo "Upgrading $ID..."
  curl -X POST -H "Authorization: Bearer $TOKEN" \
    -H "Content-Type: application/json" \
    -d '{"target_version": "v0.3.0", "backup_db": true}' \
    http://localhost:32201/api/tenants/$ID/upgrade
done
