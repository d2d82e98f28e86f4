package k8s

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// repository is the folder of the repository.
const repository = "../.."

// generated has obsgen write a target into a new folder and returns the files.
func generated(t *testing.T, target string) []string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "obsgen")
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = repository
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	run("go", "build", "-o", program, "./cmd/obsgen")
	run(program, "generate", "-target", target, "-out", filepath.Join(dir, "out"))
	files, err := filepath.Glob(filepath.Join(dir, "out", target, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of target %s: %v", target, err)
	}
	return files
}

// TestOperatorObjects decodes everything that is written for the Prometheus Operator, of which every kind must be there.
func TestOperatorObjects(t *testing.T) {
	t.Parallel()
	kinds := make(map[string]int)
	for _, file := range generated(t, "operator") {
		for _, o := range decodeFile(t, file) {
			named := o.(metav1.Object)
			if problems := validation.IsDNS1123Subdomain(named.GetName()); len(problems) > 0 {
				t.Errorf("%s: name %q: %v", file, named.GetName(), problems)
			}
			kind, _, _ := strings.Cut(filepath.Base(file), "-")
			kinds[kind]++
			if c, ok := o.(*monitoringv1alpha1.AlertmanagerConfig); ok {
				checkRouting(t, c)
			}
		}
	}
	for _, kind := range []string{"prometheusrule", "podmonitor", "servicemonitor", "probe", "scrapeconfig", "alertmanagerconfig"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s: there are %v", kind, kinds)
		}
	}
}

// checkRouting goes through the tree, which the type holds as JSON below its first level, and holds receivers and matchers together.
func checkRouting(t *testing.T, c *monitoringv1alpha1.AlertmanagerConfig) {
	t.Helper()
	receivers := make(map[string]bool)
	for _, r := range c.Spec.Receivers {
		receivers[r.Name] = true
	}
	routes := 0
	var walk func(r monitoringv1alpha1.Route)
	walk = func(r monitoringv1alpha1.Route) {
		routes++
		if !receivers[r.Receiver] {
			t.Errorf("route to %q, which there is not", r.Receiver)
		}
		for _, m := range r.Matchers {
			if err := m.Validate(); err != nil {
				t.Errorf("matcher %+v: %v", m, err)
			}
		}
		for _, below := range r.Routes {
			var child monitoringv1alpha1.Route
			d := json.NewDecoder(bytes.NewReader(below.Raw))
			d.DisallowUnknownFields()
			if err := d.Decode(&child); err != nil {
				t.Errorf("route %s: %v", below.Raw, err)
				continue
			}
			walk(child)
		}
	}
	walk(*c.Spec.Route)
	if routes < 4 {
		t.Errorf("%d routes: those of pages, tickets and the Watchdog are missing", routes)
	}
	for _, r := range c.Spec.InhibitRules {
		for _, m := range append(r.SourceMatch, r.TargetMatch...) {
			if err := m.Validate(); err != nil {
				t.Errorf("matcher %+v: %v", m, err)
			}
		}
	}
}

// TestManifests decodes the manifests of deploy/kubernetes, where there are any.
func TestManifests(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(repository, "deploy", "kubernetes")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("deploy/kubernetes is not there")
	}
	seen := 0
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		if err == nil && !d.IsDir() && strings.HasSuffix(base, ".yaml") && base != "kustomization.yaml" && base != "values.yaml" {
			seen += len(decodeFile(t, name))
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("no manifests: %v", err)
	}
}
