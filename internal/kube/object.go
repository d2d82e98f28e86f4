// Package kube wraps rules, scrape jobs and the routing of alerts into Kubernetes objects: those of the Prometheus Operator and of GKE Managed
// Prometheus. It talks to no cluster, and says where an object cannot hold what a file can.
package kube

import "strings"

// Object is one Kubernetes object.
type Object struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   Metadata `yaml:"metadata"`
	Spec       any      `yaml:"spec"`
}

// Metadata names an object. What is empty is left to whoever applies it, such as the namespace.
type Metadata struct {
	Name      string            `yaml:"name"`
	Namespace string            `yaml:"namespace,omitempty"`
	Labels    map[string]string `yaml:"labels,omitempty"`
}

// The APIs of the objects.
const (
	operatorAPI      = "monitoring.coreos.com/v1"
	operatorAlphaAPI = "monitoring.coreos.com/v1alpha1"
	managedAPI       = "monitoring.googleapis.com/v1"
)

// ours marks every object, so that all can be selected, and deleted, at once.
func ours() map[string]string {
	return map[string]string{"app.kubernetes.io/name": "voipbin-observability", "app.kubernetes.io/managed-by": "obsgen"}
}

// objectName makes a name of an object: Kubernetes takes no underscores.
func objectName(s string) string { return "voipbin-" + strings.ReplaceAll(s, "_", "-") }

// object makes an object with our labels.
func object(api, kind, name string, spec any) Object {
	return Object{APIVersion: api, Kind: kind, Metadata: Metadata{Name: objectName(name), Labels: ours()}, Spec: spec}
}
