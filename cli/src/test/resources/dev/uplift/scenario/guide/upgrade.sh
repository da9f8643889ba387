curl -X POST -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "target_version": "v0.3.0",
    "backup_db": true,
    "run_migrations": true
  }' \
  http://localhost:32201/api/tenants/{tenant_id}/upgrade
