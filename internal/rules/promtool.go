package rules

import "time"

// TestFile is a unit test file of promtool (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/).
type TestFile struct {
	RuleFiles          []string    `yaml:"rule_files"` // relative to the test file
	EvaluationInterval string      `yaml:"evaluation_interval"`
	GroupEvalOrder     []string    `yaml:"group_eval_order,omitempty"`
	Tests              []TestGroup `yaml:"tests"`
}

// TestGroup is one story: series that go in, and what must be the case at given times.
type TestGroup struct {
	Name        string       `yaml:"name"`
	Interval    string       `yaml:"interval"`
	Start       string       `yaml:"start_timestamp,omitempty"` // RFC 3339; 1970 where it is empty. promtool knows it since Prometheus 3.9
	InputSeries []TestSeries `yaml:"input_series"`
	AlertTests  []AlertTest  `yaml:"alert_rule_test,omitempty"`
	ExprTests   []ExprTest   `yaml:"promql_expr_test,omitempty"`

	// Alert is the alert that the story is about, and Proves what it proves of it. They are not written.
	Alert  string  `yaml:"-"`
	Proves []Proof `yaml:"-"`
}

// Proof is what a story shows of an alert.
type Proof string

// Every alert must be shown to do each of these.
const (
	Fires  Proof = "fires"
	Holds  Proof = "holds"  // stays silent while the condition is too short or too weak
	Silent Proof = "silent" // stays silent without data, or without traffic
	Resets Proof = "resets" // stops when the condition is over
)

// Proofs lists what every alert must be shown to do.
func Proofs() []Proof { return []Proof{Fires, Holds, Silent, Resets} }

// TestSeries is one input series in promtool's notation: "0+1x60" is 0 and 60 steps of 1.
type TestSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

// AlertTest says which alerts of a name fire at a time; none when Expected is empty.
type AlertTest struct {
	EvalTime string          `yaml:"eval_time"`
	Alert    string          `yaml:"alertname"`
	Expected []ExpectedAlert `yaml:"exp_alerts"`
}

// ExpectedAlert is one firing alert, label for label and word for word.
type ExpectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

// ExprTest says what an expression yields at a time.
type ExprTest struct {
	Expr     string           `yaml:"expr"`
	EvalTime string           `yaml:"eval_time"`
	Expected []ExpectedSample `yaml:"exp_samples"`
}

// ExpectedSample is one sample of a result.
type ExpectedSample struct {
	Labels string  `yaml:"labels,omitempty"`
	Value  float64 `yaml:"value"`
}

// Span is a time span. It is a type of its own for its form in texts: whole seconds.
type Span time.Duration

// String prints the span, or never for 0.
func (s Span) String() string {
	if s == 0 {
		return "never"
	}
	return time.Duration(s).Round(time.Second).String()
}
