// Package jsonrpc calls commands of Kamailio through its jsonrpcs module over HTTP: a client and a strict reader of replies. It
// refuses batches and notifications (Kamailio knows no batches), redirects, proxies and credentials in addresses, and any
// reply larger or deeper than its stated bounds; it knows no metric and interprets no result.
//
// Kamailio answers with the status 200 and a result, or with the fault's code as status and an error in the body. To a
// request that it cannot parse, and with a reply that outgrows its private memory, it does not answer at all; then only the
// time limit ends the call. HTTP calls occupy a worker of its SIP TCP listener, so a client has one connection and one call
// at a time.
//
// The format is JSON-RPC 2.0 (jsonrpc.org/specification) over RFC 8259; what the tests use was captured from Kamailio 5.6.3
// and 6.1.5.
package jsonrpc

import "time"

const (
	// DefaultMaxReply is the largest body of a reply that is read when [Options] names no other bound, in bytes.
	DefaultMaxReply = 16 << 20

	// DefaultTimeout bounds a call when [Options] names no other bound.
	DefaultTimeout = 10 * time.Second

	// DefaultPath is the path of an address that has none, as in the example of the jsonrpcs module's documentation.
	DefaultPath = "/RPC"

	// MaxDepth is how deep objects and arrays may nest. The deepest reply seen (ul.dump) nests eleven deep.
	MaxDepth = 32
)

// maxValues is how many values a body of n bytes may hold. An array of one-digit numbers takes two bytes for each; any other
// value takes four at least. The rule keeps what decoding allocates below 200 bytes for each byte received (plus 1 MiB).
func maxValues(n int) int {
	return min(4096+n/4, 1<<20)
}
