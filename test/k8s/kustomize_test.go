package k8s

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const kubernetes = repository + "/deploy/kubernetes"

// kustomize builds a folder with the tool that tools/kustomize pins, and decodes every object into its type.
func kustomize(t *testing.T, folder string) []any {
	t.Helper()
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/kustomize/go.mod", "kustomize", "build", folder)
	cmd.Dir = repository
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kustomize build %s: %v\n%s", folder, err, complaint.String())
	}
	for line := range strings.Lines(complaint.String()) {
		if !strings.HasPrefix(line, "go: downloading ") { // the first time
			t.Errorf("kustomize build %s: %s", folder, line)
		}
	}
	file := filepath.Join(t.TempDir(), "built.yaml")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	objects := decodeFile(t, file)
	names := map[string]bool{}
	for _, o := range objects {
		named := o.(metav1.Object)
		key := strings.TrimPrefix(strings.Join([]string{kindOf(o), named.GetNamespace(), named.GetName()}, "/"), "*")
		if names[key] {
			t.Errorf("%s: %s is there twice", folder, key)
		}
		names[key] = true
		if named.GetNamespace() == "" {
			t.Errorf("%s: %s is in no namespace", folder, key)
		}
	}
	return objects
}

// kindOf is the name of an object's type.
func kindOf(o any) string {
	return regexp.MustCompile(`\w+$`).FindString(strings.TrimPrefix(typeText(o), "*"))
}

// of are the objects of one type.
func of[T any](objects []any) []T {
	var found []T
	for _, o := range objects {
		if typed, ok := o.(T); ok {
			found = append(found, typed)
		}
	}
	return found
}

// templates are the pods of all workloads, by the workloads' names.
func templates(objects []any) map[string]corev1.PodTemplateSpec {
	pods := map[string]corev1.PodTemplateSpec{}
	for _, d := range of[*appsv1.Deployment](objects) {
		pods[d.Name] = d.Spec.Template
	}
	for _, s := range of[*appsv1.StatefulSet](objects) {
		pods[s.Name] = s.Spec.Template
	}
	return pods
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOverlays builds each overlay and holds it to the programs, to the spec and to itself.
func TestOverlays(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"region-primary": {"platform-exporter", "sip-prober"},
		"region-dr":      {"platform-exporter", "sip-prober", "tracker-dr"},
		"single-host":    {"platform-exporter", "sip-prober", "tracker-dr"},
	}
	for overlay, workloads := range want {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			objects := kustomize(t, filepath.Join(kubernetes, "overlays", overlay))
			pods := templates(objects)
			if got := slices.Sorted(maps.Keys(pods)); !slices.Equal(got, workloads) {
				t.Errorf("workloads are %v, want %v", got, workloads)
			}
			for name, pod := range pods {
				restricted(t, name, pod.Spec)
				provided(t, name, pod.Spec)
				if pod.Labels["app.kubernetes.io/part-of"] != "voipbin-observability" {
					t.Errorf("%s: no policy of the network selects it", name)
				}
			}
			selected(t, objects, pods)
			scraped(t, objects, pods)
			touchesNobodyElse(t, objects)
			deploysAreKept(t, pods["platform-exporter"].Spec, of[*corev1.PersistentVolumeClaim](objects))
			if budgets := len(of[*policyv1.PodDisruptionBudget](objects)); (overlay == "single-host") != (budgets == 0) || budgets > len(pods) {
				t.Errorf("%d disruption budgets", budgets)
			}
		})
	}
}

// restricted holds a pod to the strictest of Kubernetes' own standards (Pod Security Standards, "Restricted"), to the program's port, and to
// bounds.
func restricted(t *testing.T, name string, pod corev1.PodSpec) {
	t.Helper()
	image := read(t, "deploy/docker/Dockerfile")
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("%s: it is given an account of the cluster, which it has no use for", name)
	}
	for _, c := range pod.Containers {
		if !strings.HasPrefix(c.Image, "voipbin/") {
			continue
		}
		program, tag, _ := strings.Cut(strings.TrimPrefix(c.Image, "voipbin/"), ":")
		if tag == "" {
			t.Errorf("%s: image %s has no tag", name, c.Image)
		}
		port := regexp.MustCompile(`(?s)AS ` + program + `\n.*?EXPOSE (\d+)`).FindStringSubmatch(image)
		if port == nil || len(c.Ports) != 1 || port[1] != intText(c.Ports[0].ContainerPort) {
			t.Errorf("%s: ports %v, and %s listens on %v", name, c.Ports, program, port)
		}
		confined(t, name, c, pod.SecurityContext)
		if c.LivenessProbe == nil || c.LivenessProbe.HTTPGet.Path != "/-/healthy" || c.ReadinessProbe == nil || c.ReadinessProbe.HTTPGet.Path != "/-/ready" {
			t.Errorf("%s: container %s is not asked whether it is well", name, c.Name)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
			t.Errorf("%s: container %s has no bounds", name, c.Name)
		}
	}
}

// provided: what a pod mounts is made by the README's commands.
func provided(t *testing.T, name string, pod corev1.PodSpec) {
	t.Helper()
	readme := read(t, "deploy/kubernetes/README.md")
	for _, v := range pod.Volumes {
		var wanted []string
		switch {
		case v.ConfigMap != nil:
			wanted = append(wanted, "configmap "+v.ConfigMap.Name)
		case v.Secret != nil:
			wanted = append(wanted, "secret generic "+v.Secret.SecretName)
		case v.Projected != nil:
			for _, source := range v.Projected.Sources {
				if source.ConfigMap != nil {
					wanted = append(wanted, "configmap "+source.ConfigMap.Name)
				}
				if source.Secret != nil && (source.Secret.Optional == nil || !*source.Secret.Optional) {
					wanted = append(wanted, "secret generic "+source.Secret.Name)
				}
			}
		}
		for _, what := range wanted {
			if !strings.Contains(readme, "$ kubectl -n monitoring create "+what+" --from-file=") {
				t.Errorf("%s: nobody makes %s, which volume %s wants", name, what, v.Name)
			}
		}
	}
}

// deploysAreKept: the file of deployments lies on a volume that outlives the pod.
func deploysAreKept(t *testing.T, pod corev1.PodSpec, claims []*corev1.PersistentVolumeClaim) {
	t.Helper()
	file := regexp.MustCompile(`address: "deploys:([^"]+)"`).FindStringSubmatch(read(t, "deploy/platform/targets.yaml"))
	if file == nil {
		t.Fatal("deploy/platform/targets.yaml takes no deployments")
	}
	for _, m := range pod.Containers[0].VolumeMounts {
		if m.MountPath != filepath.Dir(file[1]) || m.ReadOnly {
			continue
		}
		for _, v := range pod.Volumes {
			claimed := func(c *corev1.PersistentVolumeClaim) bool {
				return v.PersistentVolumeClaim != nil && c.Name == v.PersistentVolumeClaim.ClaimName
			}
			if v.Name == m.Name && slices.ContainsFunc(claims, claimed) {
				return
			}
		}
	}
	t.Errorf("%s cannot be written, or is lost with the pod", file[1])
}

// confined holds one container to the standard; what it does not say its pod may.
func confined(t *testing.T, name string, c corev1.Container, pod *corev1.PodSecurityContext) {
	t.Helper()
	own := c.SecurityContext
	if own == nil || own.AllowPrivilegeEscalation == nil || *own.AllowPrivilegeEscalation || own.ReadOnlyRootFilesystem == nil || !*own.ReadOnlyRootFilesystem ||
		own.Capabilities == nil || !slices.Equal(own.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		t.Errorf("%s: container %s may do more than it has to", name, c.Name)
		return
	}
	user, seccomp := own.RunAsNonRoot, own.SeccompProfile
	if pod != nil && user == nil {
		user = pod.RunAsNonRoot
	}
	if pod != nil && seccomp == nil {
		seccomp = pod.SeccompProfile
	}
	if user == nil || !*user || seccomp == nil || seccomp.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%s: container %s may run as root, or make any call", name, c.Name)
	}
}

// selected: services, budgets and policies select pods that there are.
func selected(t *testing.T, objects []any, pods map[string]corev1.PodTemplateSpec) {
	t.Helper()
	selects := func(what string, selector map[string]string) {
		t.Helper()
		for _, pod := range pods {
			if labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
				return
			}
		}
		t.Errorf("%s selects %v, which no pod has", what, selector)
	}
	for _, s := range of[*corev1.Service](objects) {
		selects("service "+s.Name, s.Spec.Selector)
	}
	for _, b := range of[*policyv1.PodDisruptionBudget](objects) {
		selects("budget "+b.Name, b.Spec.Selector.MatchLabels)
	}
	for _, p := range of[*networkingv1.NetworkPolicy](objects) {
		if len(p.Spec.PodSelector.MatchLabels) > 0 {
			selects("policy "+p.Name, p.Spec.PodSelector.MatchLabels)
		}
	}
}

// scraped: what follows from the spec finds the services by the names that they have, and a policy lets Prometheus through to each pod.
func scraped(t *testing.T, objects []any, pods map[string]corev1.PodTemplateSpec) {
	t.Helper()
	described := read(t, "spec/platform.yaml") + read(t, "spec/recovery.yaml") + read(t, "spec/scrape.yaml")
	for _, s := range of[*corev1.Service](objects) {
		if at := s.Name + ":" + intText(s.Spec.Ports[0].Port); !strings.Contains(described, at) {
			t.Errorf("the spec knows no %s", at)
		}
	}
	for name, pod := range pods {
		open := false
		for _, p := range of[*networkingv1.NetworkPolicy](objects) {
			if labels.SelectorFromSet(p.Spec.PodSelector.MatchLabels).Matches(labels.Set(pod.Labels)) {
				open = open || letsPrometheusIn(p, intstr.FromString(pod.Spec.Containers[0].Ports[0].Name))
			}
		}
		if !open {
			t.Errorf("%s: no policy lets Prometheus through", name)
		}
	}
}

// letsPrometheusIn reports whether a policy lets Prometheus through to a port.
func letsPrometheusIn(p *networkingv1.NetworkPolicy, port intstr.IntOrString) bool {
	for _, rule := range p.Spec.Ingress {
		from := slices.ContainsFunc(rule.From, func(peer networkingv1.NetworkPolicyPeer) bool {
			return peer.PodSelector != nil && peer.PodSelector.MatchLabels["app.kubernetes.io/name"] == "prometheus"
		})
		to := slices.ContainsFunc(rule.Ports, func(at networkingv1.NetworkPolicyPort) bool { return at.Port != nil && *at.Port == port })
		if from && to {
			return true
		}
	}
	return false
}

// touchesNobodyElse: a policy that selects a pod keeps out whatever no policy lets in, so ours select our own pods only.
func touchesNobodyElse(t *testing.T, objects []any) {
	t.Helper()
	for _, p := range of[*networkingv1.NetworkPolicy](objects) {
		ours := false
		for _, pod := range templates(objects) {
			selects := len(p.Spec.PodSelector.MatchLabels) > 0 && labels.SelectorFromSet(p.Spec.PodSelector.MatchLabels).Matches(labels.Set(pod.Labels))
			ours = ours || selects && pod.Labels["app.kubernetes.io/part-of"] == "voipbin-observability"
		}
		if !ours {
			t.Errorf("policy %s in %s selects pods of others and would cut them off", p.Name, p.Namespace)
		}
	}
}

// TestLetInServices: where the services' namespace denies by default, the component lets Prometheus in, at the port that the spec names.
func TestLetInServices(t *testing.T) {
	t.Parallel()
	objects := kustomize(t, composition(t, map[string]string{
		"kustomization.yaml": "components: [COMPONENTS/let-in-services]\n",
	}))
	if len(objects) != 1 {
		t.Errorf("%d objects; want the policy alone", len(objects))
	}
	spec := read(t, "spec/services.yaml")
	namespace := regexp.MustCompile(`(?m)^namespace: (\S+)`).FindStringSubmatch(spec)
	port := regexp.MustCompile(`\{name: metrics, port: (\d+)\}`).FindStringSubmatch(spec)
	if namespace == nil || port == nil {
		t.Fatal("spec/services.yaml has no namespace or no port")
	}
	for _, p := range of[*networkingv1.NetworkPolicy](objects) {
		if p.Namespace == namespace[1] && letsPrometheusIn(p, intstr.Parse(port[1])) {
			return
		}
	}
	t.Errorf("no policy lets Prometheus to port %s in namespace %s", port[1], namespace[1])
}

// composition is a folder with somebody's kustomization, below which the components are linked: kustomize takes no absolute paths.
func composition(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(strings.ReplaceAll(text, "COMPONENTS", components(t, folder))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// components is the way from a folder to the components of the repository.
func components(t *testing.T, from string) string {
	t.Helper()
	to, err := filepath.Abs(filepath.Join(kubernetes, "components"))
	if err != nil {
		t.Fatal(err)
	}
	way, err := filepath.Rel(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return way
}

// TestSidecar puts the components into somebody's Asterisk, as a Deployment with volumes and as a StatefulSet without.
func TestSidecar(t *testing.T) {
	t.Parallel()
	const workload = `apiVersion: apps/v1
kind: %
metadata: {name: pbx-%, labels: {app: asterisk}}
spec:
  selector: {matchLabels: {app: asterisk}}
  template:
    metadata: {labels: {app: asterisk}}
    spec: {automountServiceAccountToken: false, containers: [{name: asterisk, image: "example.org/asterisk:22"}]#}
`
	kustomization := "namespace: voice\nresources: [a.yaml, b.yaml]\ncomponents: [COMPONENTS/asterisk-sidecar]\nimages: [{name: voipbin/asterisk_exporter, newTag: 0.1.0}]\n"
	files := map[string]string{
		"kustomization.yaml": kustomization,
		"a.yaml":             strings.NewReplacer("pbx-%", "pbx-a", "%", "Deployment", "#", ", volumes: [{name: own, emptyDir: {}}]").Replace(workload),
		"b.yaml":             strings.NewReplacer("pbx-%", "pbx-b", "%", "StatefulSet", "#", "").Replace(workload),
	}
	objects := kustomize(t, composition(t, files))
	pods := templates(objects)
	for _, name := range []string{"pbx-a", "pbx-b"} {
		pod := pods[name].Spec
		restricted(t, name, pod)
		if len(pod.Containers) != 2 || !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == "asterisk-exporter" }) {
			t.Errorf("%s: %d containers, volumes %v", name, len(pod.Containers), pod.Volumes)
		}
	}
	if len(pods["pbx-a"].Spec.Volumes) != 2 {
		t.Error("the volume that was there is lost")
	}
	touchesNobodyElse(t, objects)
	files["kustomization.yaml"] = strings.Replace(kustomization, "asterisk-sidecar]", "asterisk-sidecar, COMPONENTS/let-in-asterisk]", 1)
	closed := kustomize(t, composition(t, files))
	selected(t, closed, templates(closed))
	if policies := of[*networkingv1.NetworkPolicy](closed); len(policies) != 1 || !letsPrometheusIn(policies[0], intstr.FromString("asterisk-obs")) {
		t.Errorf("%d policies; want one that lets Prometheus in", len(policies))
	}
}
