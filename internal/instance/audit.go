package instance

import (
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/frontend/https"
	"github.com/lxdb/lxdb/security/audit"
)

// auditCounters are what the page of metrics says about the audit log.
func auditCounters(log *audit.Log) []https.Counter {
	number := func(of func(audit.Stats) uint64) func() float64 {
		return func() float64 { return float64(of(log.Stats())) }
	}
	return []https.Counter{
		{Name: "lxdb_audit_records_total", Help: "Records written to the audit log.", Value: number(func(s audit.Stats) uint64 { return s.Records })},
		{Name: "lxdb_audit_bytes_total", Help: "Bytes written to the audit log.", Value: number(func(s audit.Stats) uint64 { return s.Bytes })},
		{Name: "lxdb_audit_syncs_total", Help: "Times that the audit log was synced to disk.", Value: number(func(s audit.Stats) uint64 { return s.Syncs })},
		{Name: "lxdb_audit_failures_total", Help: "Times that the audit log could not be written.", Value: number(func(s audit.Stats) uint64 { return s.Failures })},
		{Name: "lxdb_audit_lost_total", Help: "Records that were lost because the server goes on without them.", Value: number(func(s audit.Stats) uint64 { return s.Lost })},
		{Name: "lxdb_audit_failing", Help: "1 while the audit log cannot be written.", Gauge: true, Value: func() float64 {
			if log.Stats().Failing {
				return 1
			}
			return 0
		}},
	}
}

// planCounters are what it says about statements that are planned once.
func planCounters(stats func() compiled.PoolStats) []https.Counter {
	number := func(of func(compiled.PoolStats) int64) func() float64 {
		return func() float64 { return float64(of(stats())) }
	}
	return []https.Counter{
		{Name: "lxdb_plans", Help: "Plans that sessions keep.", Gauge: true, Value: number(func(s compiled.PoolStats) int64 { return s.Plans })},
		{Name: "lxdb_plan_bytes", Help: "Bytes that the plans are charged for.", Gauge: true, Value: number(func(s compiled.PoolStats) int64 { return s.Bytes })},
		{Name: "lxdb_plans_made_total", Help: "Plans that were made to be kept.", Value: number(func(s compiled.PoolStats) int64 { return s.Made })},
		{Name: "lxdb_plans_used_total", Help: "Executions of plans that were kept.", Value: number(func(s compiled.PoolStats) int64 { return s.Used })},
		{Name: "lxdb_plans_evicted_total", Help: "Plans that were dropped for want of room.", Value: number(func(s compiled.PoolStats) int64 { return s.Evicted })},
	}
}
