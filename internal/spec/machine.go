package spec

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// Machine is the size of the machines of one kind, as the provider sells them. What is not stated is 0.
type Machine struct {
	Type          string // the provider's name, for example n1-standard-4
	CPUs          int    // virtual CPUs
	MemoryBytes   int64
	DiskBytes     int64
	NetworkBitsPS int64 // bits a second, in each direction
	Pos           diag.Position
}

// Bounds of a machine: the largest that providers sell have 416 vCPUs and 12 TB, and a thousand times that is a slip.
const (
	maxCPUs     = 100_000
	minMachine  = 64 << 20
	maxMillis   = 1_000_000
	bitsPerGbps = 1_000_000_000
	maxGbps     = 10_000
)

// machine decodes a machine's size.
func machine(m *config.Map) Machine {
	return Machine{
		Pos:           m.Pos(),
		Type:          m.Required("type").Match(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, "a machine type such as n1-standard-4"),
		CPUs:          m.Required("cpus").Int(1, maxCPUs),
		MemoryBytes:   m.Required("memory").Bytes(minMachine),
		DiskBytes:     m.Optional("disk").Bytes(minMachine),
		NetworkBitsPS: bandwidth(m.Optional("network")),
	}
}

// bandwidth decodes a bandwidth such as 10Gbps, in bits a second.
func bandwidth(v config.Value) int64 {
	s := v.String()
	if s == "" {
		return 0
	}
	parts := regexp.MustCompile(`^(\d{1,5}) ?Gbps$`).FindStringSubmatch(s)
	if parts == nil {
		v.Reject(fmt.Sprintf("%q is not a bandwidth", s), "a whole number of Gbps, such as 10Gbps")
		return 0
	}
	n, _ := strconv.Atoi(parts[1]) // one to five digits by the expression
	if n < 1 || n > maxGbps {
		v.Reject(fmt.Sprintf("%d is outside 1 to %d", n, maxGbps), "")
		return 0
	}
	return int64(n) * bitsPerGbps
}

// millicores decodes an amount of CPU as Kubernetes writes it: thousandths such as 100m, or whole CPUs such as 2. The
// result counts thousandths
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
func millicores(v config.Value) int {
	s := v.String()
	if s == "" {
		return 0
	}
	parts := regexp.MustCompile(`^(\d{1,7})(m?)$`).FindStringSubmatch(s)
	if parts == nil {
		v.Reject(fmt.Sprintf("%q is not an amount of CPU", s), "thousandths such as 100m, or whole CPUs such as 2")
		return 0
	}
	n, _ := strconv.Atoi(parts[1]) // one to seven digits by the expression
	if parts[2] == "" {
		n *= 1000
	}
	if n < 1 || n > maxMillis {
		v.Reject(s+" is no amount that a container could have", fmt.Sprintf("from 1m to %dm", maxMillis))
		return 0
	}
	return n
}

// PortRange is a range of ports, both ends included.
type PortRange struct{ From, To int }

// Size is the number of ports in the range; the zero range has none.
func (r PortRange) Size() int {
	if r == (PortRange{}) {
		return 0
	}
	return r.To - r.From + 1
}

// Within reports whether the whole of r lies in other.
func (r PortRange) Within(other PortRange) bool {
	return r != (PortRange{}) && r.From >= other.From && r.To <= other.To
}

// Overlaps reports whether the ranges have a port in common.
func (r PortRange) Overlaps(other PortRange) bool {
	return r != (PortRange{}) && other != (PortRange{}) && r.From <= other.To && other.From <= r.To
}

// String is the range as it is written: one port, or 10000-60000.
func (r PortRange) String() string {
	if r.From == r.To {
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// AllPorts is every port of TCP and UDP.
func AllPorts() PortRange { return PortRange{From: 1, To: highestPortNumber} }

// portRange decodes a port or a range of ports such as 10000-60000, or the word all.
func portRange(v config.Value) PortRange {
	s := v.String()
	switch s {
	case "":
		return PortRange{}
	case "all":
		return AllPorts()
	}
	parts := regexp.MustCompile(`^(\d{1,5})(?:-(\d{1,5}))?$`).FindStringSubmatch(s)
	if parts == nil {
		v.Reject(fmt.Sprintf("%q is neither a port nor a range of ports", s), "such as 443, 10000-60000 or all")
		return PortRange{}
	}
	r := PortRange{}
	r.From, _ = strconv.Atoi(parts[1]) // one to five digits by the expression
	r.To = r.From
	if parts[2] != "" {
		r.To, _ = strconv.Atoi(parts[2])
	}
	switch {
	case r.From < 1 || r.To > highestPortNumber:
		v.Reject(fmt.Sprintf("%q has no such port", s), fmt.Sprintf("ports go from 1 to %d", highestPortNumber))
	case r.From > r.To:
		v.Reject(fmt.Sprintf("%q ends before it begins", s), fmt.Sprintf("write %d-%d", r.To, r.From))
	default:
		return r
	}
	return PortRange{}
}
