// Package archtest holds the repository to its own rules: which package may import which, what a package says of itself,
// how long things may get, and that what belongs together is complete. It has no code that anything else may use.
package archtest
