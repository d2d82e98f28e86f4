package rules

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// loadWhole reads the repository's own spec.
func loadWhole(t *testing.T) *spec.Spec {
	t.Helper()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// loadSpec reads the repository's own spec with its first objective alone, about which most tests are.
func loadSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s := loadWhole(t)
	s.SLOs = s.SLOs[:1]
	return s
}

// catalogue is the real one.
func catalogue() *metric.Catalogue { return metric.NewCatalogue(metric.All()) }

// buildSpec builds the rules of the repository's own spec, changed first.
func buildSpec(t *testing.T, changes ...func(*spec.Spec)) *Output {
	t.Helper()
	s := loadSpec(t)
	for _, change := range changes {
		change(s)
	}
	out, err := Build(s, catalogue())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rulesOf lists all rules of an output.
func rulesOf(t *testing.T, out *Output) []Rule {
	t.Helper()
	var rules []Rule
	for _, f := range out.Files {
		for _, g := range f.Make().Groups {
			rules = append(rules, g.Rules...)
		}
	}
	return rules
}

// written is a file as it is written, a RuleFile or a TestFile.
type written struct {
	Path    string
	Content any
}

// ruleFiles lists the rule files of an output.
func ruleFiles(out *Output) []written {
	var files []written
	for _, f := range out.Files {
		files = append(files, written{f.Path, f.Make()})
	}
	return files
}

// whole lists all files of an output, tests among them.
func whole(out *Output) []written {
	files := ruleFiles(out)
	for _, f := range out.Tests {
		files = append(files, written{f.Path, f.Make()})
	}
	return files
}

// storiesOf lists all stories of an output.
func storiesOf(t *testing.T, out *Output) []TestGroup {
	t.Helper()
	var stories []TestGroup
	for _, f := range out.Tests {
		stories = append(stories, f.Make().Tests...)
	}
	return stories
}

func TestBuildIsDeterministic(t *testing.T) {
	t.Parallel()
	first, second := buildSpec(t), buildSpec(t)
	if diff := cmp.Diff(whole(first), whole(second)); diff != "" {
		t.Errorf("files of two runs differ (-first +second):\n%s", diff)
	}
	first.Files, second.Files, first.Tests, second.Tests = nil, nil, nil, nil
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs differ (-first +second):\n%s", diff)
	}
}

func TestBuildWritesFiles(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	got := make([]string, 0, len(out.Files)+len(out.Tests))
	for _, f := range whole(out) {
		got = append(got, f.Path)
	}
	want := []string{
		"rules/callsetup.yaml", "rules/kamailio.yaml", "rules/rtpengine.yaml", "rules/asterisk.yaml", "rules/sip.yaml", "rules/calls.yaml", "rules/recovery.yaml", "rules/services.yaml", "rules/cluster.yaml", "rules/conformance.yaml", "rules/mysql.yaml", "rules/redis.yaml", "rules/rabbitmq.yaml", "rules/serving.yaml", "rules/watchdog.yaml", "rules/hosts.yaml", "rules/monitoring.yaml", "rules/network.yaml", "rules/pipeline.yaml", "rules/capacity.yaml", "rules/busyhours.yaml", "rules/sizes.yaml", "rules/rightsizing.yaml", "rules/slo_call_setup.yaml", "rules/slo_call_setup-days.yaml", "rules/slo_call_setup-budget.yaml",
		"test/promtool/kamailio_test.yaml", "test/promtool/kamailio_slow_test.yaml",
		"test/promtool/rtpengine_test.yaml", "test/promtool/rtpengine_slow_test.yaml",
		"test/promtool/asterisk_test.yaml", "test/promtool/asterisk_slow_test.yaml", "test/promtool/sip_test.yaml", "test/promtool/recovery_test.yaml", "test/promtool/services_test.yaml", "test/promtool/cluster_test.yaml", "test/promtool/conformance_test.yaml", "test/promtool/mysql_test.yaml", "test/promtool/redis_test.yaml", "test/promtool/rabbitmq_test.yaml", "test/promtool/serving_test.yaml", "test/promtool/watchdog_test.yaml", "test/promtool/hosts_test.yaml", "test/promtool/monitoring_test.yaml", "test/promtool/network_test.yaml", "test/promtool/pipeline_test.yaml", "test/promtool/capacity_test.yaml", "test/promtool/busyhours_long_test.yaml", "test/promtool/sizes_test.yaml", "test/promtool/rightsizing_test.yaml", "test/promtool/rightsizing_slow_test.yaml", "test/promtool/rightsizing_long_test.yaml",
		"test/promtool/slo_call_setup_test.yaml", "test/promtool/slo_call_setup-hours_test.yaml", "test/promtool/slo_call_setup-weeks_test.yaml", "test/promtool/slo_call_setup-months_test.yaml", "test/promtool/slo_call_setup-days_test.yaml", "test/promtool/slo_call_setup-budget_test.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(out.Warnings) > 0 {
		t.Errorf("want no warnings about the repository's own spec, got %v", out.Warnings)
	}
}

// An instant query looks back less than five minutes: what is recorded less often than twice in that time is away now and then.
func TestGroupsAreEvaluatedOftenEnough(t *testing.T) {
	t.Parallel()
	out, err := Build(loadWhole(t), catalogue())
	if err != nil {
		t.Fatal(err)
	}
	groups := 0
	for _, f := range out.Files {
		for _, g := range f.Make().Groups {
			groups++
			if g.Interval == "" {
				continue
			}
			every, err := time.ParseDuration(g.Interval)
			if err != nil || every > 150*time.Second {
				t.Errorf("%s: group %s is evaluated every %s (%v)", f.Path, g.Name, g.Interval, err)
			}
		}
	}
	if groups < 40 {
		t.Errorf("%d groups", groups)
	}
}

// A record's description and the expression that makes it must say the same about its labels; each record is made, and
// each series made is described.
func TestRecordsAreWhatTheRulesMake(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	checker := promql.NewChecker(catalogue(), out.Records, promql.Options{TargetLabels: TargetLabels(), Anchored: true})
	described := make(map[string]Record)
	name := regexp.MustCompile(`^(voipbin|slo):[a-z_]+:[a-z]+[a-z0-9_]*$`)
	for _, r := range out.Records {
		described[r.Name] = r
		if !name.MatchString(r.Name) {
			t.Errorf("%s is not level:metric:operation", r.Name)
		}
		if !strings.HasSuffix(r.Help, ".") {
			t.Errorf("%s: want a sentence as help, got %q", r.Name, r.Help)
		}
	}
	made := make(map[string]bool)
	for _, r := range rulesOf(t, out) {
		if r.Record == "" {
			continue
		}
		made[r.Record] = true
		want := make([]string, 0, 2)
		for _, l := range described[r.Record].Labels {
			want = append(want, l.Name)
		}
		got := checker.Labels(r.Expr)
		for l := range r.Labels {
			if !slices.Contains(got, l) {
				got = append(got, l)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("labels of %s (-described +made):\n%s", r.Record, diff)
		}
	}
	for n := range described {
		if !made[n] {
			t.Errorf("%s is described, but no rule makes it", n)
		}
	}
}

// The window in a record's name must be the window that its expression reads.
func TestWindowsAreWhatNamesSay(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`:(increase|ratio_increase)([0-9]+[mhd])$`)
	read := regexp.MustCompile(`\[([0-9]+[mhd])(?::(?:5m|30m))?\]|increase([0-9]+[mhd])\b`)
	for _, r := range rulesOf(t, buildSpec(t)) {
		window := named.FindStringSubmatch(r.Record)
		if window == nil || readsLevels(r) {
			continue
		}
		for _, m := range read.FindAllStringSubmatch(r.Expr, -1) {
			got := m[1] + m[2]
			tiled := (got == "5m" || got == "30m") && strings.Contains(r.Expr, "["+window[2]+":"+got+"]")
			if got != window[2] && !tiled {
				t.Errorf("%s reads %s: %s", r.Record, m[0], r.Expr)
			}
		}
	}
}

// readsLevels reports whether a rule compares the values of counters at different times, and so reads them as they are.
func readsLevels(r Rule) bool {
	return strings.Contains(r.Record, "_born:") || strings.Contains(r.Record, "_returned:")
}

func TestExpressionsAreCanonicalAndClean(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`[0-9]+\.[0-9]+|[0-9]{5,}`)
	out := buildSpec(t)
	checker := out.Checker(catalogue(), loadSpec(t))
	for _, r := range rulesOf(t, out) {
		formatted, err := promql.Format(r.Expr)
		if err != nil || formatted != r.Expr {
			t.Errorf("%s%s is not in canonical form (%v):\n%s", r.Record, r.Alert, err, r.Expr)
		}
		for _, p := range checker.Check(r.Expr) {
			if !readsLevels(r) || !p.Warning || !strings.Contains(p.What, "is read as a level") {
				t.Errorf("%s%s: %v", r.Record, r.Alert, p)
			}
		}
		for _, n := range number.FindAllString(r.Expr, -1) {
			if len(strings.Trim(strings.ReplaceAll(n, ".", ""), "0")) > 12 {
				t.Errorf("%s%s holds the noisy number %s", r.Record, r.Alert, n)
			}
		}
	}
}

// No alert's name stands in two files, so that runbooks and tests find all rules of a name.
func TestAlertNames(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	var got []string
	for _, a := range out.Alerts {
		got = append(got, a.Name+" "+a.Severity+" "+strconv.Itoa(len(a.Rules)))
	}
	want := []string{
		"KamailioDown page 3", "KamailioRestarting page 1", "KamailioCapacityHigh page 2",
		"KamailioDispatcherSetDown page 1", "KamailioDispatcherTargetDown ticket 1", "KamailioRelaysDown page 1", "KamailioWorkersBehind page 3",
		"KamailioSharedMemoryLow ticket 1", "KamailioPrivateMemoryLow ticket 1", "KamailioPrivateMemoryLeak ticket 1",
		"KamailioProcessLost ticket 2", "KamailioConnectionsHigh page 4", "KamailioCertificateExpiring page 2",
		"KamailioRegistrationDown page 1", "KamailioDMQNodeDown ticket 1", "KamailioCollectorFailing ticket 1", "KamailioCallSetupDataMissing ticket 1",
		"RTPEngineDown page 3", "RTPEngineRestarting page 1", "RTPEngineCapacityHigh page 2", "RTPEngineLimitNear page 6",
		"RTPEnginePortsLow page 2", "RTPEngineOffersFailing page 2", "RTPEngineCommandsFailing page 2", "RTPEngineOffloadLost ticket 1",
		"RTPEngineOneWayAudio page 2", "RTPEngineSilentCalls page 2", "RTPEngineQualityLow page 4", "RTPEngineViewDiffers ticket 2",
		"RTPEngineCollectorFailing ticket 1",
		"AsteriskDown page 3", "AsteriskRestarting page 1", "AsteriskCapacityHigh page 2", "AsteriskLimitNear page 2", "AsteriskNotBooted page 1",
		"AsteriskEventsMissed ticket 1", "AsteriskRegistrationDown page 1", "AsteriskEndpointDown page 1", "AsteriskServiceMissing page 2",
		"AsteriskTasksBehind page 1", "AsteriskCallsFailing page 2", "AsteriskQueueUnattended page 1", "AsteriskQueueWaitLong ticket 1",
		"AsteriskChannelStuck ticket 1", "AsteriskMediaBad ticket 2", "AsteriskUnderAttack ticket 1", "AsteriskViewDiffers ticket 2",
		"AsteriskCollectorFailing ticket 1",
		"SIPProbeFailing page 1", "SIPProbeOneWayAudio page 1", "SIPProbeQualityLow ticket 1", "SIPProbeMissing page 1", "SIPProbeCertificateExpiring page 2",
		"RecoveryExposureHigh page 3", "RecoveryProofMissing page 1", "RecoveryServerUnseen ticket 1", "RecoveryErrantTransactions ticket 1",
		"RecoveryRegionDown page 1", "RecoveryTrackerDown ticket 1", "RecoveryEvidenceUnwritable page 1", "RecoveryDrillOverdue ticket 2",
		"RecoveryDrillFailed ticket 1", "RecoveryReadinessTrap ticket 1",
		"ServiceErrorsHigh page 2", "ServiceSlow ticket 1", "ServiceQueueDeep ticket 1", "ServicePodsNotReady page 2", "ServiceRolloutStuck ticket 3", "ServiceNotWatched ticket 2",
		"ServicePodDoesNotEnd ticket 2", "ServiceContainerCannotStart ticket 1", "ServicePodPending ticket 1", "ServicePortClosed ticket 1", "ServiceRestarting ticket 2", "ServiceCPUThrottled ticket 1",
		"ServiceVersionsDiffer ticket 1", "ServiceAtUpperBound ticket 2", "ServiceScalingStalled ticket 4", "ServiceMissing page 1", "ServiceSpecDiffers ticket 22",
		"MySQLDown page 3", "MySQLReplicationStopped page 2", "MySQLReplicaLag page 2", "MySQLReplicaWritten ticket 1", "MySQLReadOnlyWrong page 2", "MySQLConnectionsHigh page 2", "MySQLBackupOld ticket 2",
		"RedisDown page 3", "RedisMemoryHigh page 2", "RedisEvicting ticket 1", "RedisConnectionsRejected page 1", "RedisConnectionsHigh page 2", "RedisReplicaMissing ticket 1", "RedisHitsLow ticket 1",
		"RedisClassOverBudget ticket 1", "RedisKeysLiveTooLong ticket 2", "RedisNotAsSpecified ticket 3",
		"RabbitMQDown page 2", "RabbitMQAlarm page 3", "RabbitMQPartitioned page 2", "QueueDeep ticket 1", "QueueDrainSlow page 1", "QueueUnattended page 1", "RabbitMQMirrorsUnsynced ticket 2",
		"RabbitMQPolicyWithoutEffect ticket 3", "RabbitMQMessagesLost ticket 2", "RabbitMQConnectionsMissing ticket 1", "RabbitMQNotAsSpecified ticket 1", "RabbitMQShareDiffers ticket 2",
		"Watchdog none 1",
		"HostCPUBusy ticket 1", "HostSoftIRQHigh ticket 1", "HostMemoryLow ticket 1", "HostDiskFilling ticket 2", "HostClockOff ticket 2",
		"HostSizeDiffers ticket 26", "HostNetworkBusy ticket 3", "HostMissing ticket 5",
		"PrometheusConfigRejected page 1", "PrometheusRulesFailing page 1", "PrometheusRulesSlow ticket 1", "PrometheusNotificationsFailing page 2",
		"PrometheusScrapesRefused ticket 1", "PrometheusTargetsDown ticket 2", "PrometheusStorageFull page 3", "PrometheusSettingsDiffer ticket 2",
		"AlertmanagerNotificationsFailing page 2", "AlertmanagerConfigRejected page 1", "AlertmanagerClusterDiffers ticket 2", "ExporterSeriesDropped ticket 1", "PlatformTargetDown ticket 2", "PlatformCollectorFailing ticket 1",
		"CloudMonitoringUnread ticket 2", "LoadBalancerUnreachable page 1", "LoadBalancerCertificateExpiring page 2", "LoadBalancerErrors page 2", "LoadBalancerSlow ticket 1", "LoadBalancerPathErrors ticket 1", "BucketRequestsFailing ticket 1",
		"PortOpenToWorld page 2", "CallsUnevenlySpread ticket 1",
		"NATPortsExhausted ticket 2", "SubnetFilling ticket 1", "LoadBalancerBackendsFew page 2", "PipelineBroken ticket 1",
		"CapacityNotRedundant page 1", "CapacityEnds ticket 1", "CapacityBusyHourHigh ticket 1",
		"MySQLSizeDiffers ticket 13", "MySQLCPUBusy ticket 1", "MySQLDiskFilling ticket 2", "MySQLFailoverImpossible ticket 2", "RecoveryQuotaShort ticket 2",
		"RightSizingDue ticket 2", "ServiceIdleReplicas ticket 1", "ServiceIdleAtNight ticket 1", "BatchJobFailed ticket 1", "DeploysFailOften ticket 1",
		"CallSetupBudgetBurn page 4", "CallSetupDataMissing ticket 1", "CallSetupIdle ticket 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The thresholds of the four tiers of 99.9 % over 30 days, as the SRE workbook has them.
func TestBurnThresholds(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range rulesOf(t, buildSpec(t)) {
		if r.Alert == "CallSetupBudgetBurn" {
			got = append(got, r.Labels["burn"]+" "+r.Labels["severity"]+" "+strings.Join(strings.Fields(r.Expr), " "))
		}
	}
	rule := func(name, severity, long, short, threshold string) string {
		const of = `{slo="call_setup"}`
		return name + " " + severity + " slo:sli_error:ratio_increase" + long + of + " > " + threshold + " and slo:sli_error:ratio_increase" + short + of +
			" > " + threshold + " and slo:sli_errors:increase" + long + of + " >= 5"
	}
	want := []string{
		rule("page_fast", "page", "1h", "5m", "0.0144"), rule("page_slow", "page", "6h", "30m", "0.006"),
		rule("ticket_fast", "ticket", "1d", "2h", "0.003"), rule("ticket_slow", "ticket", "3d", "6h", "0.001"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.SLOs[0].Traffic.TroughPerHour, s.SLOs[0].MinFailures = 4000, 5
	})
	want := []SLOSummary{{Name: "call_setup", FailuresThatPage: 58, PageInOutage: out.SLOs[0].PageInOutage, PageAtTenfold: out.SLOs[0].PageAtTenfold,
		SamplesPerMinute: out.SLOs[0].SamplesPerMinute, Inputs: out.SLOs[0].Inputs}}
	if diff := cmp.Diff(want, out.SLOs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := out.SLOs[0].PageInOutage.String() + " " + out.SLOs[0].PageAtTenfold.String(); got != "52s 3h36m0s" {
		t.Errorf("want 52s 3h36m0s, got %s", got)
	}
	if got := Span(0).String(); got != "never" {
		t.Errorf("want never, got %s", got)
	}
}

// A tier of one node has no node to lose: its limit is what the node carries.
func TestCapacityOfOneNode(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) { s.Platform.SIPProxies.Nodes = s.Platform.SIPProxies.Nodes[:1] })
	for _, r := range rulesOf(t, out) {
		if r.Record == capacityUsed && !strings.Contains(r.Expr, "/ 5000") {
			t.Errorf("want a capacity of 5000, got %s", r.Expr)
		}
	}
}

// Servers before 3.16 get plain increases, and records that say so.
func TestPlainIncrease(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) { s.Platform.Prometheus.Version = spec.Version{Major: 3, Minor: 15} })
	for _, r := range rulesOf(t, out) {
		if strings.Contains(r.Expr, "anchored") {
			t.Errorf("%s is anchored: %s", r.Record, r.Expr)
		}
	}
	if !slices.ContainsFunc(out.Records, func(r Record) bool {
		return r.Name == "voipbin:call_setup_attempts:increase5m" && strings.Contains(r.Help, "extrapolates")
	}) {
		t.Error("want the record to say that it is extrapolated")
	}
	if len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0].What, "without promtool tests") {
		t.Errorf("want a warning about missing tests, got %v", out.Warnings)
	}
}

func TestSeverityWords(t *testing.T) {
	t.Parallel()
	for _, r := range rulesOf(t, buildSpec(t)) {
		if r.Alert == "" {
			continue
		}
		if s := r.Labels["severity"]; s != slo.Page && s != slo.Ticket && (s != NoSeverity || r.Alert != WatchdogName) {
			t.Errorf("%s has severity %q", r.Alert, s)
		}
	}
}

func TestFormatValue(t *testing.T) {
	t.Parallel()
	f := func(v float64, want string) {
		t.Helper()
		if got := formatValue(v); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	f(0, "0")
	f(3*0.1, "0.3")
	f(1e9, "1000000000")
	f(-5, "-5")
	f(math.Pow(10, -4), "0.0001")
}
