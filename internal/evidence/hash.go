package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is a SHA-256 sum, written as 64 lower-case hex digits.
type Hash [sha256.Size]byte

const hashDigits = 2 * sha256.Size

// rootDomain keeps the hash of a key apart from the hash of a line, which begins with a brace.
const rootDomain = "voipbin evidence chain 1\n"

// RootOf is what record 1 of a chain has as prev: the hash of the key that signs its heads.
func RootOf(key ed25519.PublicKey) Hash {
	return sha256.Sum256(append([]byte(rootDomain), key...))
}

// ParseHash reads 64 lower-case hex digits; anything else is an error, so that a hash has one form only.
func ParseHash(text string) (Hash, error) {
	var h Hash
	if len(text) != hashDigits {
		return h, fmt.Errorf("hash: %d characters, want %d hex digits", len(text), hashDigits)
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return h, fmt.Errorf("hash: want lower-case hex digits only")
		}
	}
	_, err := hex.Decode(h[:], []byte(text))
	return h, err
}

// String is the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether no hash was set.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes hex.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err == nil {
		*h = parsed
	}
	return err
}
