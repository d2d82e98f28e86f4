package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// headDomain is signed before the head's own bytes, so that the signature fits nothing else.
const headDomain = "voipbin evidence head 1\n"

const maxNote = 1024

// Head is a signed statement that a chain had a record with this number and hash.
type Head struct {
	Version int `json:"head"` // 1
	// Name is the log's own, as it was opened: for a tracker its vantage.
	Name string `json:"name,omitempty"`
	Seq  uint64 `json:"seq"`  // 0: the chain is empty, and Hash its root
	At   int64  `json:"at"`   // of the record
	Hash Hash   `json:"hash"` // of the record
	Note string `json:"note,omitempty"`
	// Final says that the log was closed after this record; opening it again signs a head that is not.
	Final bool `json:"final,omitempty"`
	Key   Key  `json:"key"`
	Sig   Sig  `json:"sig,omitzero"`
}

// Key is an Ed25519 public key (RFC 8032), written in hex.
type Key [ed25519.PublicKeySize]byte

// String is the key in hex.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText writes hex.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText reads hex.
func (k *Key) UnmarshalText(text []byte) error { return unhex(k[:], text) }

// Root is the root of the chain that belongs to the key.
func (k Key) Root() Hash { return RootOf(k[:]) }

// Sig is an Ed25519 signature, written in hex.
type Sig [ed25519.SignatureSize]byte

// String is the signature in hex.
func (s Sig) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes hex.
func (s Sig) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads hex.
func (s *Sig) UnmarshalText(text []byte) error { return unhex(s[:], text) }

func unhex(to, text []byte) error {
	if hex.DecodedLen(len(text)) != len(to) || len(text)%2 != 0 {
		return fmt.Errorf("want %d hex digits", hex.EncodedLen(len(to)))
	}
	_, err := hex.Decode(to, text)
	return err
}

// sign sets the key and the signature.
func (h *Head) sign(key ed25519.PrivateKey) error {
	if len(h.Note) > maxNote || !utf8.ValidString(h.Note) {
		return fmt.Errorf("note: want at most %d bytes of UTF-8", maxNote)
	}
	h.Version, h.Sig = 1, Sig{}
	copy(h.Key[:], key.Public().(ed25519.PublicKey))
	signed, err := h.signed()
	if err != nil {
		return err
	}
	copy(h.Sig[:], ed25519.Sign(key, signed))
	return nil
}

func (h Head) signed() ([]byte, error) {
	h.Sig = Sig{}
	b, err := json.Marshal(h)
	return append([]byte(headDomain), b...), err
}

// Check tells whether the signature is right for the key that the head names, which says nothing of whose key that is.
func (h Head) Check() error {
	if h.Version != 1 {
		return fmt.Errorf("version %d: this program knows 1", h.Version)
	}
	signed, err := h.signed()
	if err != nil {
		return err
	}
	if !ed25519.Verify(h.Key[:], signed, h.Sig[:]) {
		return errors.New("the signature is not right")
	}
	if h.Seq == 0 && h.Hash != h.Key.Root() {
		return errors.New("an empty chain's hash is not the root of its key")
	}
	return nil
}

// ParseHead reads the one form in which heads are written, and checks the signature.
func ParseHead(text []byte) (Head, error) {
	var h Head
	text = bytes.TrimSuffix(text, []byte("\n"))
	if err := json.Unmarshal(text, &h); err != nil {
		return Head{}, fmt.Errorf("head: not the JSON of a head")
	}
	if again, err := json.Marshal(h); err != nil || !bytes.Equal(again, text) {
		return Head{}, fmt.Errorf("head: not in the form in which heads are written")
	}
	if err := h.Check(); err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	return h, nil
}

// HeadOf is the newest signed head of a log, which may be in use. It checks the head's signature and nothing of the records.
func HeadOf(dir string) (Head, error) {
	_, head, err := openDir(dir)
	return head, err
}
