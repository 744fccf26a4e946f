// Made from the fleet policy (make generated).
import type { SettingField } from '../components/settings/settingField';

export const FLEET_SETTINGS: readonly SettingField[] = [
  {
    "path": "max_workers_per_region",
    "type": "integer",
    "help": "Workers that may exist at once in one region, those on their way included.",
    "default": 20,
    "nullable": false,
    "least": 0,
    "most": 10000
  },
  {
    "path": "drain_look_ahead_seconds",
    "type": "integer",
    "help": "A session that begins within this time is imminent: its worker is not drained without force.",
    "default": 3600,
    "nullable": false,
    "least": 0,
    "most": 604800
  },
  {
    "path": "booking_start_grace_seconds",
    "type": "integer",
    "help": "How far in the past the wanted start of a booking may lie.",
    "default": 300,
    "nullable": false,
    "least": 0,
    "most": 3600
  },
  {
    "path": "booking_horizon_days",
    "type": "integer",
    "help": "How far ahead a lab can be booked.",
    "default": 365,
    "nullable": false,
    "least": 1,
    "most": 3650
  },
  {
    "path": "moves_to_make_room",
    "type": "integer",
    "help": "So many promises may move to other workers to make room for one booking; 0 leaves every promise where it is.",
    "default": 24,
    "nullable": false,
    "least": 0,
    "most": 100
  },
  {
    "path": "least_lead_seconds",
    "type": "integer",
    "help": "A host is held for at least so long before a slot, however fast the lab was there so far.",
    "default": 60,
    "nullable": false,
    "least": 0,
    "most": 7200
  },
  {
    "path": "least_teardown_seconds",
    "type": "integer",
    "help": "A host is held for at least so long after a slot, however fast the lab was gone so far.",
    "default": 60,
    "nullable": false,
    "least": 0,
    "most": 7200
  },
  {
    "path": "host_loss.action",
    "type": "choice",
    "help": "Whether the session waits for its host, moves on, or ends.",
    "default": "hold",
    "nullable": false,
    "choices": [
      "hold",
      "end"
    ]
  },
  {
    "path": "host_loss.hold_seconds",
    "type": "integer",
    "help": "How long it waits.",
    "default": 900,
    "nullable": false,
    "least": 0,
    "most": 14400
  },
  {
    "path": "host_loss.give_back_time",
    "type": "boolean",
    "help": "Whether the slot is extended by the time that was lost, as far as nobody else was promised the room.",
    "default": true,
    "nullable": false
  },
  {
    "path": "care.orphans",
    "type": "choice",
    "help": "What becomes of an instance with the tags of this fleet that no worker stands for.",
    "default": "flag",
    "nullable": false,
    "choices": [
      "flag",
      "adopt",
      "terminate_after_grace"
    ]
  },
  {
    "path": "care.orphan_grace_seconds",
    "type": "integer",
    "help": "How long such an instance is left alone before it is terminated, if it is to be.",
    "default": 86400,
    "nullable": false,
    "least": 0,
    "most": 2592000
  },
  {
    "path": "care.min_workers_by_region",
    "type": "object",
    "help": "Workers that are kept running, by region; `*` stands for each that is not named.",
    "default": {},
    "nullable": false
  },
  {
    "path": "care.min_workers_by_template",
    "type": "object",
    "help": "Workers that are kept running, by template; `*` stands for each that is not named.",
    "default": {},
    "nullable": false
  },
  {
    "path": "care.retention_seconds",
    "type": "integer",
    "help": "A worker that has been stopped for so long and that nobody has booked is removed; without it, it stays.",
    "default": 604800,
    "nullable": true,
    "least": 0,
    "most": 31536000
  },
  {
    "path": "care.drain_deadline",
    "type": "choice",
    "help": "What becomes of a worker that is still in use when its time to drain is over.",
    "default": "warn",
    "nullable": false,
    "choices": [
      "warn",
      "force_stop",
      "wait"
    ]
  },
  {
    "path": "care.budgets",
    "type": "array",
    "help": "At most so many workers are taken out of service within a time, for all reasons or for some.",
    "default": [
      {
        "most_workers": 10,
        "window_seconds": 3600,
        "reasons": []
      }
    ],
    "nullable": false
  },
  {
    "path": "care.windows",
    "type": "array",
    "help": "When workers may be taken out of service, and when they may not, for what can wait.",
    "default": [],
    "nullable": false
  },
  {
    "path": "limits.placement_seconds",
    "type": "integer",
    "help": "PENDING after the start of the slot; a booking may bring its own.",
    "default": null,
    "nullable": true,
    "least": 0,
    "most": 86400
  },
  {
    "path": "limits.host_seconds",
    "type": "integer",
    "help": "SCHEDULED after the start of the slot, for the worker to come up.",
    "default": null,
    "nullable": true,
    "least": 0,
    "most": 86400
  },
  {
    "path": "limits.instantiation_seconds",
    "type": "integer",
    "help": "INSTANTIATING, from its begin.",
    "default": null,
    "nullable": true,
    "least": 30,
    "most": 86400
  },
  {
    "path": "limits.no_show_seconds",
    "type": "integer",
    "help": "READY without the learner, after the start of the slot; a booking may bring its own.",
    "default": null,
    "nullable": true,
    "least": 0,
    "most": 86400
  },
  {
    "path": "limits.collection_seconds",
    "type": "integer",
    "help": "COLLECTING; what was read by then is graded.",
    "default": null,
    "nullable": true,
    "least": 30,
    "most": 900
  },
  {
    "path": "limits.grading_seconds",
    "type": "integer",
    "help": "GRADING; then the session ends without a score, and a later one is kept all the same.",
    "default": null,
    "nullable": true,
    "least": 30,
    "most": 86400
  },
  {
    "path": "limits.review_seconds",
    "type": "integer",
    "help": "GRADING when a person has to look at it.",
    "default": null,
    "nullable": true,
    "least": 30,
    "most": 86400
  },
  {
    "path": "limits.teardown_seconds",
    "type": "integer",
    "help": "STOPPING, STOPPED or ARCHIVED before people are told; it goes on, since nothing is given back before its proof.",
    "default": null,
    "nullable": true,
    "least": 30,
    "most": 86400
  },
  {
    "path": "notifications.muted",
    "type": "array",
    "help": "Kinds of which nobody is told; those that are open are cleared.",
    "default": [],
    "nullable": false,
    "choices": [
      "promises_at_risk",
      "promises_broken",
      "sessions_failed",
      "worker_failed",
      "worker_lost",
      "worker_storage",
      "region_capacity",
      "region_limit",
      "fleet_budget",
      "warm_pool_suspended",
      "inbound_dead_letters",
      "outbound_dead_letters",
      "deliveries_waiting",
      "webhook_paused",
      "reconciler_without_leader",
      "reconciler_paused",
      "service_not_ready"
    ]
  },
  {
    "path": "notifications.promises_at_risk",
    "type": "integer",
    "help": "So many sessions that have not begun may begin late.",
    "default": 1,
    "nullable": false,
    "least": 1,
    "most": 100000
  },
  {
    "path": "notifications.promises_broken",
    "type": "integer",
    "help": "So many sessions within the time below ended without having been ready.",
    "default": 1,
    "nullable": false,
    "least": 1,
    "most": 100000
  },
  {
    "path": "notifications.sessions_failed",
    "type": "integer",
    "help": "So many sessions of one definition failed within the time below.",
    "default": 1,
    "nullable": false,
    "least": 1,
    "most": 100000
  },
  {
    "path": "notifications.failures_within_minutes",
    "type": "integer",
    "help": "How far back failed sessions and broken promises count.",
    "default": 60,
    "nullable": false,
    "least": 5,
    "most": 1440
  },
  {
    "path": "notifications.worker_storage_warning_percent",
    "type": "integer",
    "help": "Use of a worker's disk, as CML measures it, from which on there is a warning.",
    "default": 80,
    "nullable": false,
    "least": 1,
    "most": 100
  },
  {
    "path": "notifications.worker_storage_critical_percent",
    "type": "integer",
    "help": "Use of a worker's disk from which on it is critical.",
    "default": 90,
    "nullable": false,
    "least": 1,
    "most": 100
  },
  {
    "path": "notifications.region_capacity_warning_percent",
    "type": "integer",
    "help": "Cores, memory or storage that are taken now of the placeable workers of a region, whichever is taken most.",
    "default": 85,
    "nullable": false,
    "least": 1,
    "most": 100
  },
  {
    "path": "notifications.region_capacity_critical_percent",
    "type": "integer",
    "help": "The same share, from which on it is critical.",
    "default": 95,
    "nullable": false,
    "least": 1,
    "most": 100
  },
  {
    "path": "notifications.region_limit_percent",
    "type": "integer",
    "help": "Workers of a region as a share of how many it may have.",
    "default": 90,
    "nullable": false,
    "least": 1,
    "most": 100
  },
  {
    "path": "notifications.fleet_budget_usd_per_hour",
    "type": "number",
    "help": "What all running workers together may cost an hour; without it nobody is told of cost.",
    "default": null,
    "nullable": true,
    "least": 0,
    "most": 1000000
  },
  {
    "path": "notifications.inbound_dead_letters",
    "type": "integer",
    "help": "So many inbound events wait for a person.",
    "default": 1,
    "nullable": false,
    "least": 1,
    "most": 100000
  },
  {
    "path": "notifications.outbound_dead_letters",
    "type": "integer",
    "help": "So many outbound events could not be delivered.",
    "default": 1,
    "nullable": false,
    "least": 1,
    "most": 100000
  },
  {
    "path": "notifications.deliveries_waiting",
    "type": "integer",
    "help": "So many outbound events wait to be delivered.",
    "default": 1000,
    "nullable": false,
    "least": 1,
    "most": 10000000
  },
  {
    "path": "notifications.leaderless_seconds",
    "type": "integer",
    "help": "For so long nobody has led a service; a change of leader takes up to fifteen seconds.",
    "default": 30,
    "nullable": false,
    "least": 0,
    "most": 86400
  },
  {
    "path": "notifications.paused_minutes",
    "type": "integer",
    "help": "For so long a reconciler has been paused.",
    "default": 15,
    "nullable": false,
    "least": 0,
    "most": 10080
  },
  {
    "path": "notifications.not_ready_seconds",
    "type": "integer",
    "help": "For so long a service has not answered, or has said that it is not ready.",
    "default": 60,
    "nullable": false,
    "least": 0,
    "most": 86400
  }
];
