// Package stackdriver records what the real stackdriver_exporter says of the metrics of Google's cloud that the rules rest on: the exporter runs
// as it is, against a stand-in for Cloud Monitoring that answers in its protocol with descriptors and points written after Google's list of
// metrics. So names, types, labels and the adding up of deltas are the exporter's own; the values are nobody's. It is a module of its own, so
// that nothing else depends on the exporter, and it reaches no cloud. It has no code.
package stackdriver
