package evidence

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// LoadKey reads the private key that signs the heads of a log (PKCS #8, PEM). A file that others than its owner may read is refused.
func LoadKey(file string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others may read this key: chmod 600", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: not a PKCS #8 key", file)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key", file)
	}
	return key, nil
}

// loadOrMakeKey makes a key where there is none and may be one. The public half goes beside it in a form that openssl reads.
func loadOrMakeKey(fsys FS, file string, mayMake bool) (ed25519.PrivateKey, error) {
	key, err := LoadKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if !mayMake {
		return nil, fmt.Errorf("%s: the key of this log is missing: restore it, or begin a new directory", file)
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	shown, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	if err := writeFile(fsys, file+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: shown}), 0o644); err != nil {
		return nil, err
	}
	return key, writeFile(fsys, file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}
