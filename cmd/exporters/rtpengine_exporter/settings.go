package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
)

// settings are the values of the flags that only this exporter has. They hold for all targets.
type settings struct {
	format   string
	source   net.IP
	calls    int
	interval time.Duration
	procfs   string
}

func (s *settings) flags(app *kingpin.Application) {
	app.Flag("rtpengine.format", "Format of questions: json, bencode, or auto for JSON where the version reads it. Over TCP it is always bencode.").
		Default("auto").EnumVar(&s.format, "auto", "json", "bencode")
	app.Flag("rtpengine.source-address", "Address to ask from. RTPEngine counts commands by it, and the exporter leaves its own out; one that nothing else uses keeps it apart from a SIP proxy on the same host, and is the default for targets on 127.0.0.0/8.").
		PlaceHolder("IP").IPVar(&s.source)
	app.Flag("rtpengine.quality-calls", fmt.Sprintf("Live calls that collector quality asks about in a scrape, 1 to %d.", rtpengine.MaxQualityCalls)).
		Default(strconv.Itoa(rtpengine.DefaultQualityCalls)).SetValue(checked{s.setCalls})
	app.Flag("rtpengine.quality-interval", "Time in which collector quality asks about a call at most once.").
		Default(rtpengine.DefaultQualityInterval.String()).SetValue(checked{s.setInterval})
	app.Flag("rtpengine.procfs", "Folder /proc in which RTPEngine has the process id that it states, for collector process.").
		Default("/proc").StringVar(&s.procfs)
}

func (s *settings) setCalls(text string) (err error) {
	if s.calls, err = strconv.Atoi(text); err != nil || s.calls < 1 || s.calls > rtpengine.MaxQualityCalls {
		return fmt.Errorf("--rtpengine.quality-calls: %q is not a number from 1 to %d; --no-collector.quality asks about none", text, rtpengine.MaxQualityCalls)
	}
	return nil
}

func (s *settings) setInterval(text string) (err error) {
	if s.interval, err = time.ParseDuration(text); err != nil || s.interval <= 0 {
		return fmt.Errorf("--rtpengine.quality-interval: %q is not a time above 0, such as 30s", text)
	}
	return nil
}

func (s *settings) target(c exporter.TargetConfig) (*exporter.Target, error) {
	source, _ := netip.AddrFromSlice(s.source) // none without the flag
	return rtpengine.NewTarget(rtpengine.Options{
		Address: c.Address, Collectors: c.Collectors, Format: s.format, Source: source.Unmap(),
		QualityCalls: s.calls, QualityInterval: s.interval, Proc: os.DirFS(s.procfs), Now: c.Now,
	})
}

// checked is the value of a flag that has bounds.
type checked struct{ set func(string) error }

func (c checked) Set(s string) error { return c.set(s) }
func (c checked) String() string     { return "" }
