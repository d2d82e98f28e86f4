// Package ami speaks the Asterisk Manager Interface as a client: it logs in, puts questions, and hands on events. It knows no
// metric, never reconnects by itself, and refuses to keep what an answer or a message holds beyond a bound.
//
// The protocol is lines "Key: Value" over TCP or TLS; an empty line ends a message
// (https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Manager-Interface-AMI/). It has no version to negotiate; what is
// written here was seen on Asterisk 16.28 and 22.10. An answer carries the ActionID of its question, so answers that come late, or
// among events, are never taken for another's.
package ami

const (
	// DefaultPort is manager.conf's port for plain TCP.
	DefaultPort = 5038
	// DefaultTLSPort is manager.conf's tlsbindaddr port.
	DefaultTLSPort = 5039
)

const (
	// DefaultMaxMessage is how many bytes of one message are kept. The largest known are outputs of commands: 160 kB for
	// "core show taskprocessors" on a box with 500 calls.
	DefaultMaxMessage = 4 << 20
	// DefaultMaxAnswer is how many bytes of one answer are kept, all its events together. QueueStatus of 100 queues with 20
	// members each is 621 kB.
	DefaultMaxAnswer = 16 << 20
)

// bannerStart begins the line that Asterisk greets with; the version of the interface follows.
const bannerStart = "Asterisk Call Manager/"

// maxBanner bounds that line.
const maxBanner = 256

// Asterisk reads at most this many bytes of a line and this many lines of a message (main/manager.c and include/asterisk/manager.h:
// AST_MAX_MANHEADERS, and the 1,024 bytes of the session's input buffer, both of version 22).
const (
	maxActionLine  = 1023
	maxActionLines = 128
)
