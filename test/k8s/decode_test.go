package k8s

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// typed returns an empty value of the type of an object, or nil for one that is not known here.
func typed(apiVersion, kind string) any {
	switch apiVersion + " " + kind {
	case "monitoring.coreos.com/v1 PrometheusRule":
		return &monitoringv1.PrometheusRule{}
	case "monitoring.coreos.com/v1 PodMonitor":
		return &monitoringv1.PodMonitor{}
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return &monitoringv1.ServiceMonitor{}
	case "monitoring.coreos.com/v1 Probe":
		return &monitoringv1.Probe{}
	case "monitoring.coreos.com/v1alpha1 ScrapeConfig":
		return &monitoringv1alpha1.ScrapeConfig{}
	case "monitoring.coreos.com/v1alpha1 AlertmanagerConfig":
		return &monitoringv1alpha1.AlertmanagerConfig{}
	case "apps/v1 Deployment":
		return &appsv1.Deployment{}
	case "apps/v1 StatefulSet":
		return &appsv1.StatefulSet{}
	case "apps/v1 DaemonSet":
		return &appsv1.DaemonSet{}
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return &autoscalingv2.HorizontalPodAutoscaler{}
	case "batch/v1 Job":
		return &batchv1.Job{}
	case "batch/v1 CronJob":
		return &batchv1.CronJob{}
	case "v1 Service":
		return &corev1.Service{}
	case "v1 ConfigMap":
		return &corev1.ConfigMap{}
	case "v1 Secret":
		return &corev1.Secret{}
	case "v1 ServiceAccount":
		return &corev1.ServiceAccount{}
	case "v1 Namespace":
		return &corev1.Namespace{}
	case "v1 PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networkingv1.NetworkPolicy{}
	case "networking.k8s.io/v1 Ingress":
		return &networkingv1.Ingress{}
	case "policy/v1 PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}
	case "rbac.authorization.k8s.io/v1 ClusterRole":
		return &rbacv1.ClusterRole{}
	case "rbac.authorization.k8s.io/v1 ClusterRoleBinding":
		return &rbacv1.ClusterRoleBinding{}
	case "rbac.authorization.k8s.io/v1 Role":
		return &rbacv1.Role{}
	case "rbac.authorization.k8s.io/v1 RoleBinding":
		return &rbacv1.RoleBinding{}
	}
	return nil
}

// decode decodes a document strictly: a key that the type does not have, and a key twice, are errors.
func decode(document []byte) (any, error) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &head); err != nil {
		return nil, err
	}
	into := typed(head.APIVersion, head.Kind)
	if into == nil {
		return nil, fmt.Errorf("%s %s: no such type is known", head.APIVersion, head.Kind)
	}
	return into, yaml.UnmarshalStrict(document, into)
}

// decodeFile decodes all documents of a file.
func decodeFile(t *testing.T, name string) []any {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []any
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		o, err := decode(document)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		list = append(list, o)
	}
	return list
}

// TestDecodeIsStrict shows that the check sees what it is there for.
func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	f := func(document, want string) {
		t.Helper()
		_, err := decode([]byte(document))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", document, want, err)
		}
	}
	f("apiVersion: v1\nkind: Service\nspec: {ports: [{port: 9090, targetPort: web}]}", "")
	f("apiVersion: v1\nkind: Service\nspec: {port: 9090}", `unknown field "port"`)
	f("apiVersion: v1\nkind: Service\nspec: {ports: [{port: web}]}", "cannot unmarshal string")
	f("apiVersion: v1\nkind: Service\nkind: Service", "already set")
	f("apiVersion: v2\nkind: Service", "no such type is known")
	f("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: {groups: [{name: a, rules: [{alert: A, exprr: up}]}]}", `unknown field "exprr"`)
}

// typeText is the name of a value's type.
func typeText(o any) string { return fmt.Sprintf("%T", o) }

// intText prints a port.
func intText(n int32) string { return fmt.Sprint(n) }
