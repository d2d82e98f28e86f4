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

	mediaStreams      = "voipbin:media_streams:sum"
	mediaCapacityUsed = "voipbin:media_proxy_capacity_used:ratio"
	mediaUserspace    = "voipbin:media_userspace:ratio"
	mediaOffers       = "voipbin:media_offers:increase5m"
	mediaOffersFailed = "voipbin:media_offers_failed:increase5m"
	mediaSilentCalls  = "voipbin:media_silent_calls:increase30m"
	mediaProxySeen    = "voipbin:media_proxy_seen_up:max"

	serverCalls        = "voipbin:media_server_calls:sum"
	serverCapacityUsed = "voipbin:media_server_capacity_used:ratio"
	serverSeen         = "voipbin:media_server_seen_up:max"

	serviceRequests   = "voipbin:service_requests:increase5m"
	serviceErrorsOf   = "voipbin:service_error:ratio5m"
	serviceLatency    = "voipbin:service_latency:seconds_p95_5m"
	serviceCallsBegun = "voipbin:service_calls_begun:increase5m"
	serviceCallsEnded = "voipbin:service_calls_ended:increase5m"
	serviceRetried    = "voipbin:service_events_retried:increase5m"
	serviceDropped    = "voipbin:service_events_dropped:increase5m"
	serviceCPU        = "voipbin:service_cpu_used:ratio5m"
	serviceMemory     = "voipbin:service_memory_used:ratio"
	serviceThrottle   = "voipbin:service_cpu_throttled:ratio5m"

	sessionEstablishment     = "voipbin:session_establishment:ratio1h"
	sessionEffectiveness     = "voipbin:session_establishment_effectiveness:ratio1h"
	ineffectiveSessions      = "voipbin:ineffective_session_attempts:ratio1h"
	ineffectiveRegistrations = "voipbin:ineffective_registration_attempts:ratio1h"
	answerSeizure            = "voipbin:answer_seizure:ratio1h"
	networkEffectiveness     = "voipbin:network_effectiveness:ratio1h"
	averageCallDuration      = "voipbin:average_call_duration:seconds1h"
	sessionRequestDelay      = "voipbin:session_request_delay:seconds_p95_1h"
	registrationRequestDelay = "voipbin:registration_request_delay:seconds_p95_1h"

	sloObjective     = "slo:objective:ratio"
	sloSuccess1h     = "slo:sli_success:ratio_increase1h"
	sloSuccessPeriod = "slo:sli_success:ratio_increase_period"
	sloBurnRate      = "slo:error_budget_burn:ratio_increase" // a window follows
	sloRemaining     = "slo:error_budget_remaining:ratio"
	sloExhaustion    = "slo:error_budget_exhaustion:seconds"
)
