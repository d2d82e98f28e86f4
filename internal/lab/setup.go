package lab

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/rtpengine"
	"github.com/voipbin/observability/internal/lab/toolchain"
)

// Tools is everything that a laboratory runs.
type Tools struct {
	kamailio, sipp *daemon.Program
	// rtpengine and asterisk are nil where there is no media.
	rtpengine *rtpengine.Program
	asterisk  *asterisk.Program
	// Prometheus and Alertmanager are the paths of the servers, Promtool and Amtool those of the tools that judge their files.
	Prometheus, Promtool, Alertmanager, Amtool string
	// Bin is the folder with the programs of this repository.
	Bin string
}

// ownPrograms are the programs of this repository that a laboratory runs.
func ownPrograms(o Options) []string {
	programs := []string{"./cmd/obsgen", "./cmd/exporters/kamailio_exporter"}
	if o.Media {
		programs = append(programs, "./cmd/exporters/rtpengine_exporter", "./cmd/exporters/asterisk_exporter")
	}
	if o.observed() {
		programs = append(programs, "./cmd/exporters/sip_exporter")
	}
	if o.Recovery {
		programs = append(programs, "./cmd/tracker")
	}
	return programs
}

// Setup obtains and builds what is not there yet, telling what it does. The second time it takes a moment.
func Setup(ctx context.Context, o Options) (*Tools, error) {
	t := &Tools{Bin: filepath.Join(o.Repo, "bin")}
	if err := t.Daemons(ctx, o); err != nil {
		return nil, err
	}
	if o.Recovery {
		if err := t.database(ctx, o); err != nil {
			return nil, err
		}
	}
	err := o.Steps.Do("programs of this repository", func(detail func(string)) error {
		return toolchain.Build(ctx, o.Repo, t.Bin, detail, ownPrograms(o)...)
	})
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, group := range toolchain.Groups() {
		if err := install(ctx, o, group, paths); err != nil {
			return nil, err
		}
	}
	t.Prometheus, t.Promtool = paths["prometheus"], paths["promtool"]
	t.Alertmanager, t.Amtool = paths["alertmanager"], paths["amtool"]
	return t, nil
}

// Kamailio obtains Kamailio alone.
func Kamailio(ctx context.Context, o Options) (*daemon.Program, error) {
	return obtain(ctx, o, pkgtree.Request{
		Name: "kamailio", Packages: []string{"kamailio"}, Suite: o.KamailioSuite, AllowExpired: o.AllowExpired,
	}, "kamailio")
}

// Daemons obtains the daemons only: Kamailio and SIPp, and RTPEngine and Asterisk where there is to be media.
func (t *Tools) Daemons(ctx context.Context, o Options) error {
	var err error
	if t.kamailio, err = Kamailio(ctx, o); err != nil {
		return err
	}
	if t.sipp, err = obtain(ctx, o, pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}}, "sipp"); err != nil || !o.Media {
		return err
	}
	return t.media(ctx, o)
}

// media obtains RTPEngine and Asterisk. The error says how to do without them.
func (t *Tools) media(ctx context.Context, o Options) error {
	if err := t.mediaTier(ctx, o); err != nil {
		return fmt.Errorf("%w: --without-media does without RTPEngine and Asterisk", err)
	}
	return nil
}

// mediaTier obtains both. Debian 12 has no Asterisk, so that it may come from another suite than all else.
func (t *Tools) mediaTier(ctx context.Context, o Options) error {
	if p, ok := rtpengine.Installed(); ok {
		o.Steps.Note("-- rtpengine: the one of this host, %s", p.Origin())
		t.rtpengine = p
	} else if err := o.Steps.Do("rtpengine from packages, without installing", func(detail func(string)) error {
		var err error
		t.rtpengine, err = rtpengine.FromPackages(ctx, "", o.trees(), detail)
		return err
	}); err != nil {
		return err
	}
	return o.Steps.Do("asterisk of this host or from packages, without installing", func(detail func(string)) error {
		var err error
		t.asterisk, err = asterisk.Find(ctx, "", o.trees(), detail)
		return err
	})
}

// programs are those that have to be entered before they can be started.
func (t *Tools) programs() []*daemon.Program {
	all := []*daemon.Program{t.kamailio, t.sipp}
	if t.rtpengine != nil {
		all = append(all, t.rtpengine.Program)
	}
	if t.asterisk != nil {
		all = append(all, t.asterisk.Program)
	}
	return all
}

// install builds a group of tools and adds their paths to paths.
func install(ctx context.Context, o Options, group []toolchain.Tool, paths map[string]string) error {
	names := make([]string, len(group))
	for i, t := range group {
		names[i] = t.Name
	}
	return o.Steps.Do(strings.Join(names, " and ")+" "+group[0].Version, func(detail func(string)) error {
		found, err := toolchain.Install(ctx, filepath.Join(o.Dir, "bin"), detail, group...)
		maps.Copy(paths, found)
		return err
	})
}

// containersName is the name of a folder of packages that FindTool knows: buildah and crun, below usr/bin, with the libraries that they need.
const containersName = "containers"

// containers unpacks what builds and runs images of containers.
func containers(ctx context.Context, o Options) (string, error) {
	var tree *pkgtree.Tree
	err := o.Steps.Do("buildah and crun from packages, without installing", func(detail func(string)) error {
		var err error
		tree, err = pkgtree.Ensure(ctx, pkgtree.Request{Name: containersName, Packages: []string{"buildah", "crun"}}, o.trees(), detail)
		return err
	})
	if err != nil {
		return "", err
	}
	return tree.Root, nil
}

// FindTool is the path of the named foreign tool, which is built if it is not there.
func FindTool(ctx context.Context, o Options, name string) (string, error) {
	switch name {
	case tscName:
		return TSC(ctx, o)
	case pageName:
		return Page(ctx, o)
	case containersName:
		return containers(ctx, o)
	case gitlabName:
		return nodeTool(ctx, o, pipelines, gitlabName, gitlabScript)
	}
	names := []string{tscName, pageName, gitlabName, containersName}
	for _, group := range toolchain.Groups() {
		for _, t := range group {
			names = append(names, t.Name)
			if t.Name != name {
				continue
			}
			paths := map[string]string{}
			err := install(ctx, o, []toolchain.Tool{t}, paths)
			return paths[name], err
		}
	}
	return "", fmt.Errorf("no tool %q: there are %s", name, strings.Join(names, ", "))
}
