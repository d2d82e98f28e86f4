package provisioning_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/dashboard"
)

// The committed files are read as the servers read them: by another reader of YAML than the one that wrote them.

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// boards are the committed boards by their file, as their uids.
func boards(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "dashboards", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no boards: %v", err)
	}
	found := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var b struct{ UID string }
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(name)] = b.UID
	}
	return found
}

func TestDatasource(t *testing.T) {
	t.Parallel()
	var got struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []map[string]any
	}
	read(t, "provisioning/datasources/voipbin.yaml", &got)
	if got.APIVersion != 1 || len(got.Datasources) != 1 {
		t.Fatalf("want one data source, got %v", got)
	}
	s := got.Datasources[0]
	data := s["jsonData"].(map[string]any)
	if s["type"] != "prometheus" || s["uid"] != "voipbin-obs-prometheus" || s["url"] != "http://localhost:9090" || data["timeInterval"] != "15s" || data["prometheusVersion"] != "3.16.0" {
		t.Errorf("got %v", s)
	}
}

// Every board has a provider with its own file, and no folder has the uid of a board: they share one space.
func TestProviders(t *testing.T) {
	t.Parallel()
	var got struct {
		Providers []struct {
			Name, Folder, Type string
			FolderUID          string `yaml:"folderUid"`
			AllowUIUpdates     bool   `yaml:"allowUiUpdates"`
			Options            struct{ Path string }
		}
	}
	read(t, "provisioning/dashboards/voipbin.yaml", &got)
	left := boards(t)
	uids := map[string]bool{}
	for _, uid := range left {
		uids[uid] = true
	}
	titles := map[string]string{}
	for _, p := range got.Providers {
		base := filepath.Base(p.Options.Path)
		if left[base] != p.Name || p.Type != "file" || p.AllowUIUpdates || p.Folder == "" || uids[p.FolderUID] || len(p.FolderUID) > 40 {
			t.Errorf("got %+v", p)
		}
		if other, ok := titles[p.FolderUID]; ok && other != p.Folder {
			t.Errorf("folder %s is called %q and %q", p.FolderUID, other, p.Folder)
		}
		titles[p.FolderUID] = p.Folder
		delete(left, base)
	}
	if len(left) != 0 {
		t.Errorf("want a provider for each board, none has %v", left)
	}
}

// The ConfigMaps hold the boards as they are, and kubectl takes them.
func TestConfigMaps(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`) // RFC 1123, as Kubernetes wants it
	for file, uid := range boards(t) {
		var got struct {
			Kind     string
			Metadata struct {
				Name                string
				Labels, Annotations map[string]string
			}
			Data map[string]string
		}
		read(t, "kubernetes/"+strings.TrimSuffix(file, ".json")+".yaml", &got)
		if got.Kind != "ConfigMap" || got.Metadata.Name != uid || !name.MatchString(uid) || got.Metadata.Labels["grafana_dashboard"] != "1" ||
			!strings.HasPrefix(got.Metadata.Annotations["grafana_folder"], dashboard.FolderTitle("")) {
			t.Errorf("%s: got %v", file, got.Metadata)
		}
		text, err := os.ReadFile(filepath.Join("..", "..", "dashboards", file))
		if err != nil {
			t.Fatal(err)
		}
		var want, have any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got.Data[file]), &have); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		a, _ := json.Marshal(want) // both were decoded just now
		b, _ := json.Marshal(have)
		if string(a) != string(b) {
			t.Errorf("%s: the ConfigMap has another board", file)
		}
		if most := 262144 - 1024; len(got.Data[file]) > most {
			t.Errorf("%s: %d bytes are more than kubectl can apply", file, len(got.Data[file]))
		}
	}
}

func TestOperator(t *testing.T) {
	t.Parallel()
	var got struct {
		Kind  string
		Items []struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   struct{ Name string }
			Spec       struct {
				InstanceSelector struct {
					MatchLabels map[string]string `yaml:"matchLabels"`
				} `yaml:"instanceSelector"`
				Title, UID   string
				FolderRef    string                     `yaml:"folderRef"`
				ConfigMapRef struct{ Name, Key string } `yaml:"configMapRef"`
			}
		}
	}
	read(t, "operator/dashboards.yaml", &got)
	left, folders := boards(t), map[string]bool{}
	for _, o := range got.Items {
		if o.APIVersion != "grafana.integreatly.org/v1beta1" || len(o.Spec.InstanceSelector.MatchLabels) == 0 {
			t.Errorf("got %+v", o)
		}
		switch o.Kind {
		case "GrafanaFolder":
			folders[o.Metadata.Name] = o.Spec.UID == o.Metadata.Name && o.Spec.Title != ""
		case "GrafanaDashboard":
			if left[o.Spec.ConfigMapRef.Key] != o.Spec.ConfigMapRef.Name || !folders[o.Spec.FolderRef] {
				t.Errorf("%s: got %+v", o.Metadata.Name, o.Spec)
			}
			delete(left, o.Spec.ConfigMapRef.Key)
		default:
			t.Errorf("want no %s", o.Kind)
		}
	}
	if len(left) != 0 || len(folders) == 0 {
		t.Errorf("want an object for each board and folder, missing %v", left)
	}
}
