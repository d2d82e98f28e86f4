package rules

import (
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// Names of recorded series are composed here. Boards spell them out and cannot be built with one that no rule records. They follow Prometheus' convention of level, metric and
// operation; a window is part of the operation, and "period" stands for the objective's own period, whatever its length.

// BaseWindows are the windows for which the canonical records exist, so that objectives can be written against them.
func BaseWindows() []time.Duration {
	return []time.Duration{5 * time.Minute, 30 * time.Minute, time.Hour}
}

// Records of the SIP proxy tier, by instance.
const (
	callSetupAttempts    = "voipbin:call_setup_attempts:increase"
	callSetupFailures    = "voipbin:call_setup_failures:increase"
	callSetupApproximate = "voipbin:call_setup_failures_approximate:increase"
	callSetupRate        = "voipbin:call_setup_attempts:rate1m"
	callSetupFailureRate = "voipbin:call_setup_failures:rate1m"
	callSetupMethod      = "voipbin:call_setup_method:info"
	concurrentCalls      = "voipbin:concurrent_calls:sum"
	capacityUsed         = "voipbin:sip_proxy_capacity_used:ratio"
)

// Records of the media proxy tier, by instance.
const (
	mediaStreams      = "voipbin:media_streams:sum"
	mediaCapacityUsed = "voipbin:media_proxy_capacity_used:ratio"
	mediaUserspace    = "voipbin:media_userspace:ratio"
	mediaUsual        = "voipbin:media_userspace_usual:ratio"
	mediaOffers       = "voipbin:media_offers:increase"
	mediaOffersFailed = "voipbin:media_offers_failed:increase"
	mediaSilentCalls  = "voipbin:media_silent_calls:increase"
	mediaProxySeen    = "voipbin:media_proxy_seen_up:max"
)

// Records of the media server tier, by instance or farm.
const (
	serverCalls        = "voipbin:media_server_calls:sum"
	serverCapacityUsed = "voipbin:media_server_capacity_used:ratio"
	serverSeen         = "voipbin:media_server_seen_up:max"
)

// Records of what holds data.
const (
	replicaLag      = "voipbin:mysql_replica_lag:seconds"
	redisUsed       = "voipbin:redis_memory_used:ratio"
	redisClassUsed  = "voipbin:redis_class_used:ratio"
	redisClassLives = "voipbin:redis_class_lifetime:ratio"
	redisHits       = "voipbin:redis_hits:ratio5m"
	queueWaiting    = "voipbin:queue_waiting:sum"
	queueConsumers  = "voipbin:queue_consumers:sum"
	queueDrain      = "voipbin:queue_drain:seconds"
)

// Key figures of calls, as RFC 6076 and ITU-T E.411 and E.425 define them, over an hour.
const (
	sessionEstablishment     = "voipbin:session_establishment:ratio1h"
	sessionEffectiveness     = "voipbin:session_establishment_effectiveness:ratio1h"
	ineffectiveSessions      = "voipbin:ineffective_session_attempts:ratio1h"
	ineffectiveRegistrations = "voipbin:ineffective_registration_attempts:ratio1h"
	answerSeizure            = "voipbin:answer_seizure:ratio1h"
	networkEffectiveness     = "voipbin:network_effectiveness:ratio1h"
	averageCallDuration      = "voipbin:average_call_duration:seconds1h"
	sessionRequestDelay      = "voipbin:session_request_delay:seconds_p95_1h"
	registrationRequestDelay = "voipbin:registration_request_delay:seconds_p95_1h"
)

// Records of an objective, by slo.
const (
	sloErrors     = "slo:sli_errors:increase"
	sloEvents     = "slo:sli_events:increase"
	sloErrorRatio = "slo:sli_error:ratio_increase"
	sloSuccess    = "slo:sli_success:ratio_increase"
	sloBurnRate   = "slo:error_budget_burn:ratio_increase"
	sloObjective  = "slo:objective:ratio"
	sloBudget     = "slo:error_budget:ratio"
	sloPeriod     = "slo:period:seconds"
	sloConsumed   = "slo:error_budget_consumed:ratio"
	sloRemaining  = "slo:error_budget_remaining:ratio"
	sloExhaustion = "slo:error_budget_exhaustion:seconds"
	sloElapsed    = "slo:period_elapsed:seconds" // of the calendar's periods, as the next
	sloUnelapsed  = "slo:period_left:seconds"

	sloErrorsRaw      = "slo:sli_errors_raw:increase"
	sloEventsRaw      = "slo:sli_events_raw:increase"
	sloErrorsExcluded = "slo:sli_errors_excluded:increase"
	sloEventsExcluded = "slo:sli_events_excluded:increase"
	sloErrorsBorn     = "slo:sli_errors_born:increase"
	sloEventsBorn     = "slo:sli_events_born:increase"
	sloErrorsReturned = "slo:sli_errors_returned:increase"
	sloEventsReturned = "slo:sli_events_returned:increase"
	sloErrorsCounted  = "slo:sli_errors_counted:increase"
	sloEventsCounted  = "slo:sli_events_counted:increase"
	sloMaintenance    = "slo:maintenance:active"

	periodSuffix = "_period"
	headSuffix   = "_head" // what is younger than the last hour that is counted as a whole
)

// windowed appends a window to the name of a series.
func windowed(prefix string, window time.Duration) string { return prefix + slo.FormatDuration(window) }

// camel turns a lower_snake_case name into CamelCase, as alerts are named.
func camel(name string) string {
	var out strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			out.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return out.String()
}
