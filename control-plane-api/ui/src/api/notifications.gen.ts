// Made from the kinds of notifications (make generated).
export const NOTIFICATION_TITLES = {
  "promises_at_risk": "Sessions may begin late",
  "promises_broken": "Sessions never became ready",
  "sessions_failed": "Sessions fail",
  "worker_failed": "A worker failed",
  "worker_lost": "A worker's host is lost",
  "worker_storage": "A worker's disk fills up",
  "region_capacity": "A region is nearly full",
  "region_limit": "A region nears its limit of workers",
  "fleet_budget": "The fleet costs more than planned",
  "warm_pool_suspended": "A warm pool has stopped",
  "inbound_dead_letters": "Inbound events could not be applied",
  "outbound_dead_letters": "Outbound events were not delivered",
  "deliveries_waiting": "Outbound events pile up",
  "webhook_paused": "A webhook was paused",
  "reconciler_without_leader": "A service has no leader",
  "reconciler_paused": "A reconciler is paused",
  "service_not_ready": "A service is not ready"
} as const;
