package exporter

import "syscall"

// rlimits are how many files this process may open, and how many bytes of memory it may address (getrlimit(2)). No limit is 2^64-1,
// as client_golang shows it.
func rlimits() (files, memory float64, ok bool) {
	var f, m syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &f) != nil || syscall.Getrlimit(syscall.RLIMIT_AS, &m) != nil {
		return 0, 0, false
	}
	return float64(f.Cur), float64(m.Cur), true
}
