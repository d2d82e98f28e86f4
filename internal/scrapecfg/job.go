package scrapecfg

// ScrapeConfig is one job.
type ScrapeConfig struct {
	JobName         string                `yaml:"job_name"`
	Interval        string                `yaml:"scrape_interval,omitempty"`
	HonorLabels     bool                  `yaml:"honor_labels,omitempty"`
	HonorTimestamps *bool                 `yaml:"honor_timestamps,omitempty"` // nil is true
	Scheme          string                `yaml:"scheme,omitempty"`
	Path            string                `yaml:"metrics_path,omitempty"`
	Params          map[string][]string   `yaml:"params,omitempty"`
	SampleLimit     int                   `yaml:"sample_limit,omitempty"`
	TargetLimit     int                   `yaml:"target_limit,omitempty"`
	Authorization   *Authorization        `yaml:"authorization,omitempty"`
	TLS             *TLS                  `yaml:"tls_config,omitempty"`
	Static          []Group               `yaml:"static_configs,omitempty"`
	Files           []FileDiscovery       `yaml:"file_sd_configs,omitempty"`
	HTTPDiscovery   []HTTPDiscovery       `yaml:"http_sd_configs,omitempty"`
	Kubernetes      []KubernetesDiscovery `yaml:"kubernetes_sd_configs,omitempty"`
	Relabel         []Relabel             `yaml:"relabel_configs,omitempty"`
	MetricRelabel   []Relabel             `yaml:"metric_relabel_configs,omitempty"`
}

// Authorization is a bearer token in a file.
type Authorization struct {
	CredentialsFile string `yaml:"credentials_file"`
}

// TLS is whose certificate is believed.
type TLS struct {
	CAFile string `yaml:"ca_file"`
}

// FileDiscovery are files that list targets; Prometheus reads them again when they change.
type FileDiscovery struct {
	Files []string `yaml:"files"`
}

// HTTPDiscovery is an address that lists targets
// (https://prometheus.io/docs/prometheus/latest/http_sd/).
type HTTPDiscovery struct {
	URL string `yaml:"url"`
}

// KubernetesDiscovery asks the API of the cluster in which Prometheus runs.
type KubernetesDiscovery struct {
	Role       string      `yaml:"role"`
	Namespaces *Namespaces `yaml:"namespaces,omitempty"` // nil is all
}

// Namespaces are where is looked.
type Namespaces struct {
	Names []string `yaml:"names"`
}

// Relabel is one step of relabelling; what is empty has Prometheus' defaults.
type Relabel struct {
	SourceLabels []string `yaml:"source_labels,omitempty"`
	Separator    string   `yaml:"separator,omitempty"`
	Regex        string   `yaml:"regex,omitempty"`
	TargetLabel  string   `yaml:"target_label,omitempty"`
	Replacement  string   `yaml:"replacement,omitempty"`
	Action       string   `yaml:"action,omitempty"`
}

// keep lets only what matches pass, and drop only what does not.
func keep(regex string, labels ...string) Relabel {
	return Relabel{SourceLabels: labels, Regex: regex, Action: "keep"}
}

func drop(regex string, labels ...string) Relabel {
	return Relabel{SourceLabels: labels, Regex: regex, Action: "drop"}
}

// into copies a label.
func into(target, from string) Relabel {
	return Relabel{SourceLabels: []string{from}, TargetLabel: target}
}

// set gives a label a value.
func set(target, value string) Relabel { return Relabel{TargetLabel: target, Replacement: value} }

// Names of labels that Prometheus has while it relabels.
const (
	nameLabel    = "__name__"
	addressLabel = "__address__"
	jobLabel     = "job"
)
