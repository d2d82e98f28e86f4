package tracker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digest identifies a value by the SHA-256 of its JSON, which Go writes in one order always.
func digest(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
