-- Which rollout has begun an upgrade is asked for each one that is not over.
create index rollout_tenant_by_upgrade on rollout_tenant (upgrade);
