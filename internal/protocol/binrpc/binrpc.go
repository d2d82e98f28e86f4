// Package binrpc speaks BINRPC, the binary remote procedure call protocol of Kamailio's ctl module, over unix and TCP
// streams: a codec and a client. It refuses datagram sockets and FIFOs (a reply that outgrows them is lost without a word),
// pipelining, and any packet larger or deeper than its stated bounds; it knows no metric and interprets no reply.
//
// A packet is a header and a payload, numbers in network byte order:
//
//	byte 0      magic 0xA in the high nibble, version 1 in the low one
//	byte 1      packet type (4 bits), size of the length less one (2 bits), size of the cookie less one (2 bits)
//	length      1 to 4 bytes: size of the payload alone
//	cookie      1 to 4 bytes: chosen by the caller, repeated in the answer
//
// The payload is a row of records. The low nibble of a record's first byte is its type; the high nibble is the size of the
// value, or, with its top bit set, the size of a length that follows. A double is the exception: all four bits are the
// size of the value, so that eight bytes are written 0x82.
//
// The format is described in src/modules/ctl/binrpc.h of the Kamailio sources; what the tests use was captured from
// Kamailio 5.6.3 and 6.1.5.
package binrpc

// Protocol constants of src/modules/ctl/binrpc.h.
const (
	magicVersion = 0xA1 // magic 0xA, version 1

	maxHeader = 10 // two fixed bytes, four of length, four of cookie

	recordInt    = 0
	recordString = 1
	recordDouble = 2
	recordStruct = 3
	recordArray  = 4
	recordAVP    = 5
	recordBytes  = 6

	longSize  = 0x8 // in the size nibble: the other three bits are the size of a length
	endStruct = 0x83
	endArray  = 0x84
)

const (
	// DefaultPort is the port of a tcp address that names none (ctl module, "binrpc" parameter).
	DefaultPort = 2049

	// DefaultMaxReply is the largest payload that is read when [Options] names no other bound, in bytes. Kamailio sends at
	// most 32 KiB for each level of a reply unless binrpc_max_body_size is raised.
	DefaultMaxReply = 16 << 20

	// MaxRequest is the largest request in bytes, header included: ctl reads a request into a buffer of this size.
	MaxRequest = 65535

	// MaxDepth is how deep structs and arrays may nest. The deepest reply seen (dispatcher.list) nests six deep.
	MaxDepth = 32
)

// maxValues is how many values a payload of n bytes may hold. A named value takes four bytes at least (mark, one letter,
// NUL, value), so only long rows of tiny nameless numbers, which no known command sends, are refused. The rule keeps what
// decoding allocates below 40 bytes for each byte of payload (plus 1 MiB), and below 208 MiB in all with a payload of
// [DefaultMaxReply], whatever the sender makes up.
func maxValues(n int) int {
	return min(4096+n/4, 1<<20)
}

// PacketType tells a request, a reply and a fault apart.
type PacketType uint8

// Packet types of src/modules/ctl/binrpc.h.
const (
	// TypeRequest is a call: the method's name, then its arguments.
	TypeRequest PacketType = 0
	// TypeReply is the answer to a call that was done.
	TypeReply PacketType = 1
	// TypeFault is the answer to a call that was refused: a code and a reason.
	TypeFault PacketType = 3
)
