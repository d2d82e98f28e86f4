// Package engines holds the tracker to the servers beside Prometheus that speak its API: VictoriaMetrics, Thanos and Mimir, as they are released,
// asked by the tracker as it ships. It is for tests only: none of these is linked into a program of ours, and none is shipped.
package engines
