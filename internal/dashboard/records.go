package dashboard

// The recorded series that boards show, as internal/rules names them; Build fails on a name that no rule records.
const (
	attempts5m      = "voipbin:call_setup_attempts:increase5m"
	failures5m      = "voipbin:call_setup_failures:increase5m"
	attempts1h      = "voipbin:call_setup_attempts:increase1h"
	failures1h      = "voipbin:call_setup_failures:increase1h"
	attemptsRate    = "voipbin:call_setup_attempts:rate1m"
	failuresRate    = "voipbin:call_setup_failures:rate1m"
	countingMethod  = "voipbin:call_setup_method:info"
	concurrentCalls = "voipbin:concurrent_calls:sum"
	capacityUsed    = "voipbin:sip_proxy_capacity_used:ratio"

	sloSuccess1h     = "slo:sli_success:ratio_increase1h"
	sloSuccessPeriod = "slo:sli_success:ratio_increase_period"
	sloBurnRate      = "slo:error_budget_burn:ratio_increase" // a window follows
	sloRemaining     = "slo:error_budget_remaining:ratio"
	sloExhaustion    = "slo:error_budget_exhaustion:seconds"
)
