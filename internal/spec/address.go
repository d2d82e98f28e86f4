package spec

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"

	"github.com/voipbin/observability/internal/config"
)

// highestPortNumber is the last port of TCP and UDP.
const highestPortNumber = 65535

// WebAddress decodes the address of a web page or service, with http or https. It is "" when absent or reported as wrong.
func WebAddress(v config.Value) string {
	s := v.String()
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		v.Reject(fmt.Sprintf("%q is not a web address", s), "begin it with https://")
		return ""
	}
	return s
}

// What stands in the address of a page in the place of a query: as a value within an address, or as a text in JSON that is such a value, as the
// Explore of Grafana has it.
const (
	QueryPlace       = "{query}"
	QueryInJSONPlace = "{query_in_json}"
)

// HostPort decodes the address of a service: a DNS name or an IP address, and a port.
func HostPort(v config.Value) string {
	s := v.String()
	if s == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(s); err != nil {
		v.Reject(fmt.Sprintf("%q has no port", s), "write host:port, an IPv6 address in brackets")
		return ""
	}
	return host(v)
}

// host decodes the address of a service whose port may be left out.
func host(v config.Value) string {
	s := v.String()
	if s == "" {
		return ""
	}
	name, port, err := net.SplitHostPort(s)
	if err != nil { // no port
		name, port = s, "1"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		v.Reject(fmt.Sprintf("%q is not a port", port), fmt.Sprintf("a number from 1 to %d", highestPortNumber))
		return ""
	}
	if net.ParseIP(name) == nil && !regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`).MatchString(name) {
		v.Reject(fmt.Sprintf("%q is not a host", name), "a DNS name or an IP address, without scheme or path")
		return ""
	}
	return s
}
