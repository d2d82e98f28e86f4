package exporter

import (
	"bytes"
	"io/fs"
	"os"
	"strconv"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// ticks is how many of /proc's units of time make a second: USER_HZ, which is 100 on every architecture that Go runs on.
const ticks = 100

// ownProcess reads what the kernel says of this process. Where there is no /proc, as on other systems than Linux, it says
// nothing. client_golang would read three more files: the limits, which a call tells; /proc/stat, whose one line of use never changes;
// and the traffic of the whole network namespace, which is not this process's.
type ownProcess struct {
	proc   fs.FS
	booted float64 // seconds since 1970; 0 is not known
}

func newOwnProcess(proc fs.FS) ownProcess {
	p := ownProcess{proc: proc}
	text, _ := fs.ReadFile(proc, "stat") // unknown without it
	if _, rest, ok := bytes.Cut(text, []byte("\nbtime ")); ok {
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		p.booted, _ = strconv.ParseFloat(string(line), 64)
	}
	return p
}

// read adds what can be read.
func (p ownProcess) read(b *emit.Batch) {
	if s, ok := p.stat(); ok {
		b.Add(metric.ProcessCPU, (s.user+s.system)/ticks)
		b.Add(metric.ProcessVirtualMemory, s.virtual)
		b.Add(metric.ProcessResidentMemory, s.pages*float64(os.Getpagesize()))
		if p.booted > 0 {
			b.Add(metric.ProcessStart, p.booted+s.start/ticks)
		}
	}
	if n, ok := p.descriptors(); ok {
		b.Add(metric.ProcessOpenFDs, float64(n))
	}
	if files, memory, ok := rlimits(); ok {
		b.Add(metric.ProcessMaxFDs, files)
		b.Add(metric.ProcessMaxVirtualMemory, memory)
	}
}

// stat is what is used of /proc/self/stat: times in ticks, memory in bytes and pages.
type stat struct{ user, system, start, virtual, pages float64 }

// stat reads /proc/self/stat (proc_pid_stat(5)). The second field is the program's name, which may hold blanks and brackets.
func (p ownProcess) stat() (stat, bool) {
	text, err := fs.ReadFile(p.proc, "self/stat")
	if err != nil {
		return stat{}, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from the third on
	var s stat
	for _, field := range []struct {
		number int
		value  *float64
	}{{14, &s.user}, {15, &s.system}, {22, &s.start}, {23, &s.virtual}, {24, &s.pages}} {
		i := field.number - 3
		if i >= len(fields) {
			return stat{}, false
		}
		if *field.value, err = strconv.ParseFloat(string(fields[i]), 64); err != nil {
			return stat{}, false
		}
	}
	return s, true
}

// descriptors counts open files. Linux 6.2 and later tell their number as the size of the folder; before, its size is 0, and
// the list has one more, by which it is read.
func (p ownProcess) descriptors() (int64, bool) {
	info, err := fs.Stat(p.proc, "self/fd")
	if err != nil {
		return 0, false
	}
	if info.Size() > 0 {
		return info.Size(), true
	}
	list, err := fs.ReadDir(p.proc, "self/fd")
	return int64(len(list)) - 1, err == nil && len(list) > 0
}
