// Package kubestate records what the real kube-state-metrics says of the objects that the rules rest on: the exporter runs as it is, against a
// stand-in for the API server of a cluster, which lists the objects of testdata and lets them be watched. So names, types and labels are the
// exporter's own; the values are nobody's. It is a module of its own, so that nothing else depends on the exporter, and it reaches no cluster. It
// has no code.
package kubestate
