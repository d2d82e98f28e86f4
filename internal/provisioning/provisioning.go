// Package provisioning makes the files by which a Grafana gets its data source and the boards without anybody's hands: Grafana's own
// provisioning, ConfigMaps for the sidecar of its Helm chart, and objects for its operator. It holds no board that is not generated, and no
// credentials: a data source that needs some is made by whoever has them.
package provisioning

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/spec"
)

// The folder on a machine with Grafana into which the folder dashboards is copied, or mounted.
const boardFolder = "/etc/grafana/voipbin-dashboards"

// sourceUID is the data source's uid, so that a board which is opened for the first time chooses ours only where it is alone: the reader may
// choose any other.
const sourceUID = dashboard.UIDPrefix + "prometheus"

// Sources is Grafana's file of data sources (https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources).
type Sources struct {
	APIVersion  int      `yaml:"apiVersion"`
	Datasources []Source `yaml:"datasources"`
}

// Source is one data source.
type Source struct {
	Name      string     `yaml:"name"`
	UID       string     `yaml:"uid"`
	Type      string     `yaml:"type"`
	Access    string     `yaml:"access"`
	URL       string     `yaml:"url"`
	IsDefault bool       `yaml:"isDefault"`
	Editable  bool       `yaml:"editable"`
	JSONData  SourceData `yaml:"jsonData"`
}

// SourceData is what Grafana has to know of a Prometheus: TimeInterval is how often it scrapes, from which Grafana reckons $__rate_interval.
type SourceData struct {
	HTTPMethod        string `yaml:"httpMethod"`
	TimeInterval      string `yaml:"timeInterval"`
	PrometheusType    string `yaml:"prometheusType"`
	PrometheusVersion string `yaml:"prometheusVersion"`
	ManageAlerts      bool   `yaml:"manageAlerts"`
}

// Datasources is the data source of the platform's Prometheus, which is found at host:port.
func Datasources(p spec.Prometheus, at string) Sources {
	return Sources{APIVersion: 1, Datasources: []Source{{
		Name: "Prometheus (VoIPBIN)", UID: sourceUID, Type: "prometheus", Access: "proxy", URL: "http://" + at,
		JSONData: SourceData{
			HTTPMethod: "POST", TimeInterval: config.FormatDuration(p.ScrapeInterval), PrometheusType: "Prometheus",
			PrometheusVersion: fmt.Sprintf("%d.%d.0", p.Version.Major, p.Version.Minor),
		},
	}}}
}

// Providers is Grafana's file of boards on disk (https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards).
type Providers struct {
	APIVersion int        `yaml:"apiVersion"`
	Providers  []Provider `yaml:"providers"`
}

// Provider is where boards of one folder are found. A provider has one folder, and a path may be that of a single file, so that each board has
// a provider of its own and all files can lie side by side.
type Provider struct {
	Name                  string          `yaml:"name"`
	OrgID                 int             `yaml:"orgId"`
	Folder                string          `yaml:"folder"`
	FolderUID             string          `yaml:"folderUid"`
	Type                  string          `yaml:"type"`
	DisableDeletion       bool            `yaml:"disableDeletion"`
	AllowUIUpdates        bool            `yaml:"allowUiUpdates"`
	UpdateIntervalSeconds int             `yaml:"updateIntervalSeconds"`
	Options               ProviderOptions `yaml:"options"`
}

// ProviderOptions is where a provider looks.
type ProviderOptions struct {
	Path string `yaml:"path"`
}

// updateSeconds is how often Grafana looks for changed files.
const updateSeconds = 30

// Dashboards are the providers of all boards.
func Dashboards(boards []dashboard.File) Providers {
	out := Providers{APIVersion: 1}
	for _, b := range boards {
		out.Providers = append(out.Providers, Provider{
			Name: b.UID, OrgID: 1, Folder: dashboard.FolderTitle(b.Folder), FolderUID: folderUID(b), Type: "file",
			UpdateIntervalSeconds: updateSeconds, Options: ProviderOptions{Path: path.Join(boardFolder, path.Base(b.Path))},
		})
	}
	return out
}

func folderUID(b dashboard.File) string {
	return grafana.FolderUID(dashboard.FolderUIDPrefix, b.Folder)
}

// Metadata is what a Kubernetes object is called.
type Metadata struct {
	Name        string            `yaml:"name"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// ConfigMap is an object that holds files.
type ConfigMap struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   Metadata          `yaml:"metadata"`
	Data       map[string]string `yaml:"data"`
}

// The label and the annotation by which the sidecar of Grafana's Helm chart finds a board and its folder; they are the defaults of the chart
// kube-prometheus-stack, whose folderAnnotation has to be set to the latter.
const (
	sidecarLabel      = "grafana_dashboard"
	sidecarAnnotation = "grafana_folder"
)

// key is the name of a board's file in its ConfigMap.
func key(b dashboard.File) string { return path.Base(b.Path) }

// ConfigMapOf is a board for the sidecar. Its JSON is compact: kubectl keeps a copy of what it applies in an annotation, which may have 262,144
// bytes, and a board with all its blanks can have more.
func ConfigMapOf(b dashboard.File) (ConfigMap, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, b.JSON); err != nil {
		return ConfigMap{}, fmt.Errorf("board %s: %w", b.UID, err)
	}
	return ConfigMap{
		APIVersion: "v1", Kind: "ConfigMap",
		Metadata: Metadata{
			Name:        b.UID,
			Labels:      map[string]string{sidecarLabel: "1", "app.kubernetes.io/part-of": "voipbin-observability"},
			Annotations: map[string]string{sidecarAnnotation: dashboard.FolderTitle(b.Folder)},
		},
		Data: map[string]string{key(b): compact.String()},
	}, nil
}

// List is several Kubernetes objects in one file.
type List struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Items      []any  `yaml:"items"`
}

// operatorAPI is the version of the operator's objects (https://grafana.github.io/grafana-operator/docs/api/), which it has since its version 5.
const operatorAPI = "grafana.integreatly.org/v1beta1"

// OperatorObject is a folder or a board of the operator.
type OperatorObject struct {
	APIVersion string       `yaml:"apiVersion"`
	Kind       string       `yaml:"kind"`
	Metadata   Metadata     `yaml:"metadata"`
	Spec       OperatorSpec `yaml:"spec"`
}

// OperatorSpec is what the operator has to know: which Grafana gets the object, and what it is.
type OperatorSpec struct {
	InstanceSelector Selector   `yaml:"instanceSelector"`
	Title            string     `yaml:"title,omitempty"`
	UID              string     `yaml:"uid,omitempty"`
	FolderRef        string     `yaml:"folderRef,omitempty"`
	ConfigMapRef     *Reference `yaml:"configMapRef,omitempty"`
}

// Selector chooses by labels.
type Selector struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

// Reference names a file of a ConfigMap.
type Reference struct {
	Name string `yaml:"name"`
	Key  string `yaml:"key"`
}

// Operator is a folder for each domain and a board for each ConfigMap, for every Grafana with the label dashboards: grafana, which is the one
// that the operator's own examples have.
func Operator(boards []dashboard.File) List {
	out := List{APIVersion: "v1", Kind: "List"}
	chosen := Selector{MatchLabels: map[string]string{"dashboards": "grafana"}}
	var folders []string
	for _, b := range boards {
		uid := folderUID(b)
		if !slices.Contains(folders, uid) {
			folders = append(folders, uid)
			out.Items = append(out.Items, OperatorObject{
				APIVersion: operatorAPI, Kind: "GrafanaFolder", Metadata: Metadata{Name: uid},
				Spec: OperatorSpec{InstanceSelector: chosen, Title: dashboard.FolderTitle(b.Folder), UID: uid},
			})
		}
	}
	for _, b := range boards {
		out.Items = append(out.Items, OperatorObject{
			APIVersion: operatorAPI, Kind: "GrafanaDashboard", Metadata: Metadata{Name: b.UID},
			Spec: OperatorSpec{InstanceSelector: chosen, FolderRef: folderUID(b), ConfigMapRef: &Reference{Name: b.UID, Key: key(b)}},
		})
	}
	return out
}

// ConfigMapFile is the name of the file for a board's ConfigMap.
func ConfigMapFile(b dashboard.File) string {
	return strings.TrimSuffix(path.Base(b.Path), ".json") + ".yaml"
}
