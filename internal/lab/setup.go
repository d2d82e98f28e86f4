package lab

import (
	"context"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/toolchain"
)

// Tools is everything that a laboratory runs.
type Tools struct {
	kamailio, sipp program
	// Prometheus, Promtool, Alertmanager and Amtool are paths.
	Prometheus, Promtool, Alertmanager, Amtool string
	// Bin is the folder with the programs of this repository.
	Bin string
}

// ownPrograms are the programs of this repository that a laboratory runs.
func ownPrograms() []string { return []string{"./cmd/obsgen", "./cmd/exporters/kamailio_exporter"} }

// Setup obtains and builds what is not there yet, telling what it does. The second time it takes a moment.
func Setup(ctx context.Context, o Options) (*Tools, error) {
	t := &Tools{Bin: filepath.Join(o.Repo, "bin")}
	if err := t.Daemons(ctx, o); err != nil {
		return nil, err
	}
	err := o.Steps.Do("programs of this repository", func(detail func(string)) error {
		return toolchain.Build(ctx, o.Repo, t.Bin, detail, ownPrograms()...)
	})
	if err != nil {
		return nil, err
	}
	if err := t.install(ctx, o, "Prometheus and promtool", map[string]*string{"prometheus": &t.Prometheus, "promtool": &t.Promtool},
		toolchain.Prometheus(), toolchain.Promtool()); err != nil {
		return nil, err
	}
	return t, t.install(ctx, o, "Alertmanager and amtool", map[string]*string{"alertmanager": &t.Alertmanager, "amtool": &t.Amtool},
		toolchain.Alertmanager(), toolchain.Amtool())
}

// Daemons obtains Kamailio and SIPp only.
func (t *Tools) Daemons(ctx context.Context, o Options) error {
	var err error
	t.kamailio, err = obtain(ctx, o, pkgtree.Request{
		Name: "kamailio", Packages: []string{"kamailio"}, Suite: o.KamailioSuite, AllowExpired: o.AllowExpired,
	}, "kamailio")
	if err != nil {
		return err
	}
	t.sipp, err = obtain(ctx, o, pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}}, "sipp")
	return err
}

func (t *Tools) install(ctx context.Context, o Options, title string, into map[string]*string, tools ...toolchain.Tool) error {
	return o.Steps.Do(title+" "+tools[0].Version, func(detail func(string)) error {
		paths, err := toolchain.Install(ctx, filepath.Join(o.Dir, "bin"), detail, tools...)
		if err != nil {
			return err
		}
		for name, p := range into {
			*p = paths[name]
		}
		return nil
	})
}
