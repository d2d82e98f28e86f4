// Package kubelet records what the kubelet says of containers, volumes, probes and pods that the rules rest on: its own server with its own
// collectors and labels, the cAdvisor in it, its prober and the loop that counts pods run as they are, over a stand-in for the node, whose control
// groups, pods and volumes are made up. So names, types and labels are the kubelet's own; the values are nobody's. It is a module of its own, so that
// nothing else depends on Kubernetes, and it needs neither a cluster nor root. It has no code. Its tests have the tag "recordings", for to compile
// the kubelet takes minutes.
package kubelet
