// Package docs runs the commands that the documents show, holds docs/CLI.md to what the programs say of themselves, and has Docker Compose read
// deploy/compose. It is for tests only, and needs the programs in the folder that PROGRAMS names: "make deployed" builds them once for all tests
// that want them.
package docs
