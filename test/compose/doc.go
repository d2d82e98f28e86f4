// Package compose holds deploy/compose to the compose specification, by the library that docker compose itself reads with, and to the programs
// that it starts. It starts no container: there may be no engine for it.
package compose
