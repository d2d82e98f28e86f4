// Package k8s holds the tests that decode Kubernetes manifests and objects strictly into the types of their APIs. It is a module of its own, so
// that nothing else depends on those. It has no code.
package k8s
