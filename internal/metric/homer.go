package metric

// Homer is heplify-server, which takes the SIP that Kamailio mirrors to it. It is a second opinion: its delays are those of the last call
// and no distribution.
var Homer = &Emitter{
	Name: "heplify-server", Captures: []string{"heplify-server-1-written.prom"},
	Written: "written after the registrations in its source, metric/definition.go; it was not run, because no build of it was to be had as a package of Debian or as a Go module",
}

// The labels of captures.
var (
	homerTarget = Label{Name: "target_name", Help: "Name configured for the address.", Bound: "targets configured"}
	homerNode   = Label{Name: "node_id", Help: "Capture agent.", Bound: "capture agents"}
)

// What a HOMER counts.
var (
	HomerResponses = foreign(Homer, Counter, None, "SIP mirrored", "heplify_method_response", "SIP messages by method and answer.", homerTarget, homerNode,
		Label{Name: "direction", Help: "To the target or from it.", Values: []string{"dst", "src"}},
		Label{Name: "response", Help: "Status of an answer, or the method of a request.", Bound: "methods and codes"}, Label{Name: "method", Help: "Method of the transaction.", Bound: "methods"})
	HomerPackets = foreign(Homer, Counter, None, "HEP", "heplify_packets_total", "Packets captured, by kind; stands still when capture does.", homerNode, Label{Name: "type", Help: "Kind of packet.", Bound: "kinds of HEP"})
	HomerSRD     = foreign(Homer, Gauge, None, "SIP mirrored", "heplify_kpi_srd", "Time from INVITE to ringing of the last call, in nanoseconds.", homerTarget, homerNode)
	HomerRRD     = foreign(Homer, Gauge, None, "SIP mirrored", "heplify_kpi_rrd", "Time from REGISTER to its answer, of the last one, in nanoseconds.", homerTarget, homerNode)
)

// HomerFamilies returns the families of heplify-server.
func HomerFamilies() []*Family { return []*Family{HomerResponses, HomerPackets, HomerSRD, HomerRRD} }
